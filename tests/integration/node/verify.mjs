// Verifies deliveries with the ecosystem's own library: node verify.mjs <libraries> <secret>, one
// {"headers": {...}, "body": base64} on each line of the input. Prints how many were right; with a
// whpk_ key checks v1a with node's crypto, since the library knows only v1.
import { createPublicKey, verify } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [libraries, secret] = process.argv.slice(2);
const { Webhook } = createRequire(`${libraries}/`)("standardwebhooks");

const ED25519_SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

function verifierOf(key) {
  if (!key.startsWith("whpk_")) {
    const webhook = new Webhook(key);
    return (body, headers) => webhook.verify(body, headers);
  }
  const raw = Buffer.from(key.slice("whpk_".length), "base64");
  const publicKey = createPublicKey({
    key: Buffer.concat([ED25519_SPKI_PREFIX, raw]), format: "der", type: "spki",
  });
  return (body, headers) => {
    const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
    const right = headers["webhook-signature"].split(" ")
      .filter((entry) => entry.startsWith("v1a,"))
      .some((entry) => verify(null, Buffer.from(signed), publicKey,
                              Buffer.from(entry.slice("v1a,".length), "base64")));
    if (!right) throw new Error("no right v1a signature");
  };
}

const check = verifierOf(secret);
let verified = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { headers, body } = JSON.parse(line);
  check(Buffer.from(body, "base64").toString("utf8"), headers);
  verified += 1;
}
console.log(verified);
