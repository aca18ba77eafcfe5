"""The ecosystem's own libraries behind the gateway: what they verify and understand counts."""

import base64
import json
import logging
import pathlib
import subprocess
import threading
from urllib.parse import quote

import flask
import pytest
import standardwebhooks
from pywa import WhatsApp
from werkzeug.serving import make_server

from harness.http import post, request
from harness.senders import (
    shop_event,
    whatsapp_messages,
    whatsapp_request,
    whatsapp_statuses,
    whatsapp_user,
)
from harness.settings import (
    CLIENT_APP_SECRET,
    SINK_SECRET,
    VERIFY_TOKEN,
    destination,
    route,
    settings,
    shop_source,
    whatsapp_source,
)
from harness.waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE_LIBRARIES = ROOT / "build/node/node_modules"
NODE = "/usr/bin/node"

# A key pair of Standard Webhooks v1a: seed and public key, and the public key alone.
PAIR = base64.b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIy"
                        "WvAhpo9wdRGg==")
V1A_SECRET = "whsk_" + base64.b64encode(PAIR).decode()
V1A_PUBLIC = "whpk_" + base64.b64encode(PAIR[32:]).decode()


class PywaReceiver:
    """A WhatsApp client as people write it with pywa and Flask, validating Meta's signature."""

    def __init__(self):
        self.messages, self.statuses, self.codes = [], [], []
        application = flask.Flask("client")
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        client = WhatsApp(token="not used", server=application, webhook_endpoint="/hook",
                          verify_token="not used", app_secret=CLIENT_APP_SECRET,
                          validate_updates=True, filter_updates=False)

        @client.on_message
        def on_message(_, message):
            self.messages.append((message.id, message.text, message.from_user.name))

        @client.on_message_status
        def on_status(_, status):
            self.statuses.append((status.id, status.status.value))

        @application.after_request
        def count(response):
            self.codes.append(response.status_code)
            return response

        self._server = make_server("127.0.0.1", 0, application, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()


@pytest.fixture
def receiver():
    made = PywaReceiver()
    yield made
    made.close()


def whatsapp_settings(url, **more):
    return settings(sources={"waba": whatsapp_source()},
                    destinations={"client": destination(url, **more)},
                    routes=[route("waba", "client")])


def test_pywa_gets_messages_and_statuses_also_from_split_batches(make_node, receiver):
    node = make_node(whatsapp_settings(receiver.url, sign=["standard", "meta"],
                                       meta_secret=CLIENT_APP_SECRET)).start()
    received = [f"wamid.batch.{n}" for n in range(20)]
    sent = [f"wamid.sent.{n}" for n in range(20)]
    single = [whatsapp_request(whatsapp_messages("wamid.single")),
              whatsapp_request(whatsapp_statuses("wamid.single", status="read"))]
    batch = whatsapp_request(whatsapp_messages(*received[:15]), whatsapp_messages(*received[15:]),
                             whatsapp_statuses(*sent))
    for outgoing in (*single, batch):
        assert post(node.ingest, outgoing).status == 200
    eventually(lambda: node.admin.counts("client")["delivered"] == 42, 20,
               lambda: (node.admin.counts("client"), receiver.codes))
    eventually(lambda: len(receiver.messages) == 21 and len(receiver.statuses) == 21, 10,
               lambda: (len(receiver.messages), len(receiver.statuses)))
    print(f"pywa got {len(receiver.messages)} messages and {len(receiver.statuses)} statuses in "
          f"{len(receiver.codes)} requests, answered {set(receiver.codes)}")
    assert set(receiver.codes) == {200} and len(receiver.codes) == 42
    assert {unit for unit, *_ in receiver.messages} == {"wamid.single", *received}
    for unit, text, name in receiver.messages:
        assert text == f"hello from {unit} \u2603"
        assert name == whatsapp_user(unit)[2]  # each with its own contact
    assert set(receiver.statuses) == {("wamid.single", "read"),
                                      *((unit, "delivered") for unit in sent)}


def test_pywa_refuses_what_is_signed_with_another_secret(make_node, receiver):
    """That pywa does verify: without this the test above would say nothing about signatures."""
    node = make_node(whatsapp_settings(
        receiver.url, sign=["meta"], meta_secret="another secret",
        retry={"on_4xx": "dead"})).start()
    outgoing = whatsapp_request(whatsapp_messages("wamid.1", "wamid.2"))
    assert post(node.ingest, outgoing).status == 200
    eventually(lambda: node.admin.counts("client")["dead"] == 2, 10, "both were refused")
    assert not receiver.messages and set(receiver.codes) <= {401, 403}


def test_meta_registers_the_callback(make_node, sink):
    node = make_node(whatsapp_settings(sink.url)).start()
    challenge = "1158201444-a/b+c"
    answer = request(node.ingest, "GET",
                     f"/in/waba?hub.mode=subscribe&hub.challenge={quote(challenge, safe='')}"
                     f"&hub.verify_token={quote(VERIFY_TOKEN)}")
    assert (answer.status, answer.body.decode()) == (200, challenge)
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_single_update_keeps_metas_own_signature(make_node, sink):
    """One update is forwarded untouched, so a client that knows Meta's secret can verify it."""
    node = make_node(whatsapp_settings(sink.url)).start()
    outgoing = whatsapp_request(whatsapp_messages("wamid.untouched"))
    assert post(node.ingest, outgoing).status == 200
    (arrival,) = eventually(lambda: sink.arrivals, 10, "delivered")
    assert arrival.body == outgoing.body
    assert arrival.headers["x-hub-signature-256"] == dict(outgoing.headers)["X-Hub-Signature-256"]


@pytest.fixture
def deliveries(make_node, make_sink):
    """Deliveries signed with two secrets and a key pair, as during a rotation."""
    sink = make_sink()
    older = "whsec_" + base64.b64encode(b"o" * 32).decode()
    node = make_node(settings(
        sources={"shop": shop_source(), "waba": whatsapp_source()},
        destinations={"client": destination(sink.url, secrets=[SINK_SECRET, older, V1A_SECRET])},
        routes=[route("shop", "client"), route("waba", "client")])).start()
    for number in range(20):
        post(node.ingest, shop_event(f"order-{number}"))
        post(node.ingest, whatsapp_request(whatsapp_messages(f"wamid.{number}.0",
                                                              f"wamid.{number}.1")))
    eventually(lambda: len(sink.arrivals) == 60, 20, "all delivered")
    return {"arrivals": sink.arrivals, "secrets": (SINK_SECRET, older)}


def test_standardwebhooks_of_pypi_verifies(deliveries):
    for secret in deliveries["secrets"]:
        webhook = standardwebhooks.Webhook(secret)
        for arrival in deliveries["arrivals"]:
            webhook.verify(arrival.body.decode(), arrival.headers)
    stranger = standardwebhooks.Webhook("whsec_" + base64.b64encode(b"s" * 32).decode())
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        stranger.verify(arrival.body.decode(), arrival.headers)
    print(f"{len(deliveries['arrivals'])} deliveries verified with each of two secrets")


def verify_with_node(secret, arrivals):
    lines = "\n".join(json.dumps({"headers": arrival.headers,
                                  "body": base64.b64encode(arrival.body).decode()})
                      for arrival in arrivals)
    script = ROOT / "tests/integration/node/verify.mjs"
    return subprocess.run([NODE, script, NODE_LIBRARIES, secret], input=lines,
                          capture_output=True, text=True, timeout=60)


def test_standardwebhooks_of_npm_verifies(deliveries):
    for secret in (*deliveries["secrets"], V1A_PUBLIC):
        done = verify_with_node(secret, deliveries["arrivals"])
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) == len(deliveries["arrivals"])
    stranger = verify_with_node("whsec_" + base64.b64encode(b"s" * 32).decode(),
                                deliveries["arrivals"][:1])
    assert stranger.returncode != 0 and "signature" in stranger.stderr
    print(f"{len(deliveries['arrivals'])} deliveries verified with two secrets (v1) and one key "
          "pair (v1a)")
