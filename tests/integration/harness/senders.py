"""Requests as senders make them: signed events of a shop (kind hmac) and WhatsApp payloads as Meta
sends them. A unit is what must arrive: one per event, known by the id inside its body."""

import hashlib
import hmac
import itertools
import json
import random
import zlib
from dataclasses import dataclass

from harness.settings import APP_SECRET, SHOP_SECRET

SHOP_PATH = "/in/shop"
WHATSAPP_PATH = "/in/waba"


@dataclass(frozen=True)
class Outgoing:
    path: str
    headers: tuple  # of (name, value)
    body: bytes
    units: tuple

    def wire(self):
        lines = [f"POST {self.path} HTTP/1.1", "Host: spillway.test",
                 f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def hmac_sha256(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def shop_event(unit, *headers, padding=0, body=None):
    """An event under the idempotency key `unit`."""
    if body is None:
        content = {"id": unit, "type": "order.paid"}
        if padding:
            content["padding"] = random.randbytes(padding // 2).hex()
        body = json.dumps(content).encode()
    return Outgoing(SHOP_PATH,
                    (("Content-Type", "application/json"), ("Idempotency-Key", unit),
                     ("X-Shop-Signature", hmac_sha256(SHOP_SECRET, body)), *headers),
                    body, (unit,))


def shop_events(prefix):
    return (shop_event(f"{prefix}-{number}") for number in itertools.count())


PHONE_NUMBER_ID = "310000000000101"


def whatsapp_user(unit):
    """Each message comes from a user of its own: user id, phone number and name."""
    number = zlib.crc32(unit.encode())
    return f"US.{number}", f"1555{number % 10_000_000:07}", f"Zo\u00eb {number}"


def whatsapp_messages(*units):
    """One change with a message for each unit."""
    messages = []
    for unit in units:
        user_id, phone, _ = whatsapp_user(unit)
        messages.append({"from": phone, "from_user_id": user_id, "id": unit,
                         "timestamp": "1770000000", "type": "text",
                         "text": {"body": f"hello from {unit} \u2603"}})
    return _change(units, messages=messages)


def whatsapp_statuses(*units, status="delivered"):
    """One change with a status of each message sent."""
    statuses = []
    for unit in units:
        user_id, phone, _ = whatsapp_user(unit)
        statuses.append({"id": unit, "status": status, "timestamp": "1770000001",
                         "recipient_id": phone, "recipient_user_id": user_id})
    return _change(units, statuses=statuses)


def _change(units, **updates):
    contacts = [{"profile": {"name": name}, "wa_id": phone, "user_id": user_id}
                for user_id, phone, name in map(whatsapp_user, units)]
    value = {"messaging_product": "whatsapp",
             "metadata": {"display_phone_number": "15550100999",
                          "phone_number_id": PHONE_NUMBER_ID},
             "contacts": contacts, **updates}
    return {"value": value, "field": "messages"}


def whatsapp_request(*changes):
    """One POST with these changes, escaped and signed as Meta does it."""
    content = {"object": "whatsapp_business_account",
               "entry": [{"id": "210000000000101", "changes": changes}]}
    body = json.dumps(content, ensure_ascii=True).replace("/", "\\/").encode()
    return Outgoing(WHATSAPP_PATH,
                    (("Content-Type", "application/json"),
                     ("X-Hub-Signature-256", hmac_sha256(APP_SECRET, body))),
                    body, tuple(units_of(body)))


def whatsapp_traffic(prefix, rng):
    """Messages and statuses, alone and in batches."""
    for number in itertools.count():
        size = rng.choice((1, 1, 2, 5))
        units = [f"wamid.{prefix}.{number}.{index}" for index in range(size)]
        make = rng.choice((whatsapp_messages, whatsapp_statuses))
        yield whatsapp_request(make(*units))


def units_of(body):
    """The units a body holds, whoever made it."""
    content = json.loads(body)
    if "entry" not in content:
        return [content["id"]]
    units = []
    for entry in content["entry"]:
        for change in entry["changes"]:
            value = change["value"]
            units += [message["id"] for message in value.get("messages", ())]
            units += [f"{status['id']}:{status['status']}" for status in value.get("statuses", ())]
    return units
