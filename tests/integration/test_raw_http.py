"""The framing vectors on a real socket, and malformed requests of every sort."""

import base64
import json
import pathlib
import socket

import pytest

from harness.http import exchange_raw, post, request
from harness.senders import hmac_sha256, shop_event
from harness.settings import (
    APP_SECRET,
    VERIFY_TOKEN,
    destination,
    route,
    settings,
    shop_source,
    whatsapp_source,
)

VECTORS = json.loads((pathlib.Path(__file__).parents[1] / "vectors/raw_http.json").read_text())


@pytest.fixture
def node(make_node, sink):
    return make_node(settings(
        sources={"x": {"kind": "open", "path": "/webhooks/x"}, "shop": shop_source(),
                 "waba": whatsapp_source(path="/webhooks/whatsapp")},
        destinations={"client": destination(sink.url)},
        routes=[route("x", "client"), route("shop", "client"), route("waba", "client")])).start()


def test_framing_vectors(node):
    accepted = 0
    for vector in VECTORS:
        expect = vector["expect"]
        raw = exchange_raw(node.ingest, base64.b64decode(vector["raw_base64"]),
                           closes=expect["connection_closed"])
        status = raw.answer.status if raw.answer else None
        print(f"{vector['name']}: {status or 'closed'}")
        if raw.answer is None:
            assert not expect["accepted"], vector["name"]
        else:
            assert status in expect["status_any_of"], vector["name"]
            assert status < 400 or raw.answer.is_problem(), vector["name"]
        assert raw.closed == expect["connection_closed"], vector["name"]
        accepted += expect["accepted"]
    counts = node.admin.counts("client")
    print(f"{len(VECTORS)} vectors, {accepted} to be accepted; books {counts}")
    assert counts["accepted"] == accepted


HEAD = b"POST /webhooks/x HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "a method of spaces": (400, b"  POST /webhooks/x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "no version": (400, b"POST /webhooks/x\r\nHost: a\r\n\r\n"),
    "an unknown version": ({400, 505}, b"POST /webhooks/x HTTP/3.0\r\nHost: a\r\n\r\n"),
    "HTTP/2 preface": ({400, 505}, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a space in the target": (400, b"POST /webhooks/ x HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a bare LF": (400, b"POST /webhooks/x HTTP/1.1\nHost: a\n\n"),
    "a bare CR in a value": (400, HEAD + b"X: a\rb\r\nContent-Length: 0\r\n\r\n"),
    "a NUL in a value": (400, HEAD + b"X: a\0b\r\nContent-Length: 0\r\n\r\n"),
    "no colon": (400, HEAD + b"Content-Length 2\r\n\r\n{}"),
    "an empty name": (400, HEAD + b": x\r\nContent-Length: 2\r\n\r\n{}"),
    "a signed length": (400, HEAD + b"Content-Length: +2\r\n\r\n{}"),
    "a length of hex": (400, HEAD + b"Content-Length: 0x2\r\n\r\n{}"),
    "a length beyond 64 bits": ({400, 413}, HEAD + b"Content-Length: 99999999999999999999\r\n\r\n"),
    "lengths in a list that differ": (400, HEAD + b"Content-Length: 2, 3\r\n\r\n{}"),
    "an unknown coding": ({400, 501}, HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    "chunked twice": (400, HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    "a coding in HTTP/1.0": (400, b"POST /webhooks/x HTTP/1.0\r\nHost: a\r\n"
                                  b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "a chunk longer than said": (400, CHUNKED + b"2\r\n{}x\r\n0\r\n\r\n"),
    "a negative chunk": (400, CHUNKED + b"-1\r\n{}\r\n0\r\n\r\n"),
    "a chunk beyond 64 bits": ({400, 413}, CHUNKED + b"fffffffffffffffff\r\n"),
    "a trailer that is no field": (400, CHUNKED + b"2\r\n{}\r\n0\r\nno trailer\r\n\r\n"),
    "a bad host": (400, b"POST /webhooks/x HTTP/1.1\r\nHost: a b\r\nContent-Length: 0\r\n\r\n"),
}


def test_malformed_requests_are_told_what_is_wrong(node):
    for name, (expected, data) in MALFORMED.items():
        raw = exchange_raw(node.ingest, data)
        assert raw.answer, f"{name}: closed without a word"
        print(f"{name}: {raw.answer.status} {raw.answer.json['detail']}")
        statuses = expected if isinstance(expected, set) else {expected}
        assert raw.answer.status in statuses and raw.answer.is_problem(), name
        assert raw.answer.json["status"] == raw.answer.status and raw.answer.json["detail"]
        assert raw.closed, name
    assert node.admin.counts("client")["accepted"] == 0


def test_pipelined_requests_are_answered_in_order(node):
    one = HEAD + b"Content-Length: 2\r\n\r\n{}"
    missing = b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
    last = HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_connection(node.ingest, timeout=10) as connection:
        connection.sendall(one + missing + last)
        received = b""
        while more := connection.recv(65536):
            received += more
    statuses = [int(part[1:4]) for part in received.split(b"HTTP/1.1")[1:]]
    assert statuses == [202, 404, 202]


def test_refusals_of_well_formed_requests(node):
    unsigned = {"Content-Type": "application/json"}
    wrong = {"X-Shop-Signature": "sha256=" + "0" * 64}
    cases = {
        "an unknown path": (404, request(node.ingest, "POST", "/in/nobody", {}, b"{}")),
        "another spelling of a path": (404, request(node.ingest, "POST", "/in/%73hop", {}, b"{}")),
        "a wrong method": (405, request(node.ingest, "PUT", "/in/shop", {}, b"{}")),
        "no signature": (401, request(node.ingest, "POST", "/in/shop", unsigned, b"{}")),
        "a wrong signature": (401, request(node.ingest, "POST", "/in/shop", wrong, b"{}")),
        "a compressed body": (415, request(node.ingest, "POST", "/webhooks/x",
                                           {"Content-Encoding": "gzip"}, b"\x1f\x8b")),
        "a handshake with a wrong token": (403, request(
            node.ingest, "GET", "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1"
                                "&hub.verify_token=wrong")),
        "a handshake without a challenge": (403, request(
            node.ingest, "GET", f"/webhooks/whatsapp?hub.mode=subscribe"
                                f"&hub.verify_token={VERIFY_TOKEN.replace(' ', '%20')}")),
        "a GET where there is no handshake": (405, request(node.ingest, "GET", "/in/shop")),
    }
    for name, (expected, answer) in cases.items():
        print(f"{name}: {answer.status} {answer.json['detail']}")
        assert answer.status == expected and answer.is_problem(), name
        assert expected != 405 or "POST" in answer.headers["allow"]
    assert node.admin.counts("client")["accepted"] == 0


def test_what_senders_may_do_is_accepted(node):
    signed = shop_event("one")
    assert post(node.ingest, signed).status == 202
    expect_continue = exchange_raw(
        node.ingest, HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", closes=False)
    assert expect_continue.answer.status in (100, 202)
    old = exchange_raw(node.ingest,
                       b"POST /webhooks/x HTTP/1.0\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
    assert old.answer.status == 202 and old.closed
    extensions = exchange_raw(
        node.ingest, CHUNKED + b'2;name="value"\r\n{}\r\n0\r\nX-Trailer: x\r\n\r\n', closes=False)
    assert extensions.answer.status == 202
    for path in ("/healthz", "/readyz"):
        assert request(node.ingest, "GET", path).status == 200


def test_events_without_a_route_and_malformed_ones_are_kept(make_node, sink):
    node = make_node(settings(sources={"shop": shop_source(), "waba": whatsapp_source()},
                              destinations={"client": destination(sink.url)},
                              routes=[route("waba", "client")])).start()
    unrouted = post(node.ingest, shop_event("one"))
    assert unrouted.status == 202
    body = b"this is no JSON"
    signature = hmac_sha256(APP_SECRET, body)
    malformed = request(node.ingest, "POST", "/in/waba", {"X-Hub-Signature-256": signature}, body)
    assert malformed.status == 200
    dead = node.admin.get("/v1/dead")["deliveries"]
    print(dead)
    assert sorted(delivery["reason"] for delivery in dead) == ["malformed", "no_route"]
    node.admin.audit()
