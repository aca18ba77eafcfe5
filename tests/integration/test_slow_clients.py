"""Slow and half-open clients: cut off within the limits, without harm to others."""

import selectors
import socket
import time

from harness.http import exchange_raw, post, read_raw, request
from harness.lags import Lags, describe
from harness.loader import Loader
from harness.senders import shop_event, shop_events
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

HALF_HEAD = b"POST /in/shop HTTP/1.1\r\nHost: spillway.test\r\nX-Slow: "
HALF_BODY = b"POST /in/shop HTTP/1.1\r\nHost: spillway.test\r\nContent-Length: 1000\r\n\r\n{"
EACH = 150  # connections of each kind
HEADER_TIMEOUT, BODY_TIMEOUT = 1, 2  # seconds; a session's deadline is looked at now and then
GRACE = 4


def start_node(make_node, sink, **limits):
    return make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")],
        ingest={"limits": {"header_timeout": "1s", "body_timeout": "2s", **limits}})).start()


def trickle(connections, until):
    """A byte on each every 200 ms, until the node ends them all. How long each one lived."""
    began, lived, answers = time.monotonic(), {}, {}
    selector = selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection, selectors.EVENT_READ)
    while len(lived) < len(connections) and time.monotonic() < began + until:
        for key, _ in selector.select(timeout=0.2):
            answers[key.fileobj] = read_raw(key.fileobj, closes=False).answer
            lived[key.fileobj] = time.monotonic() - began
            selector.unregister(key.fileobj)
        for connection in connections:
            if connection not in lived:
                try:
                    connection.send(b"x")
                except OSError:
                    pass  # ended meanwhile: the selector will say so
    return list(lived.values()), list(answers.values())


def opened(node, first_bytes):
    connections = []
    for _ in range(EACH):
        connections.append(socket.create_connection(node.ingest, timeout=20))
        connections[-1].sendall(first_bytes)
    return connections


def test_slow_clients_are_cut_off_and_disturb_nobody(make_node, sink):
    node = start_node(make_node, sink)
    silent, half_heads, half_bodies = (opened(node, data) for data in (b"", HALF_HEAD, HALF_BODY))
    timed = Lags(shop_events("order"))
    loader = Loader(lambda: node.ingest, timed, connections=2).start()
    head_lives, head_answers = trickle(half_heads, HEADER_TIMEOUT + GRACE)
    body_lives, body_answers = trickle(half_bodies, BODY_TIMEOUT + GRACE)
    loader.finish()
    assert len(head_lives) == len(body_lives) == EACH, (len(head_lives), len(body_lives))
    for answer in head_answers + body_answers:
        assert answer and answer.status == 408 and answer.is_problem(), answer
    for connection in silent:
        assert read_raw(connection).answer is None  # ended without a word: nothing was asked
    eventually(lambda: len(sink.by_id) == len(timed.begun), 20, "all others' events delivered")
    lags = timed.at(sink)
    print(f"half heads ended after {min(head_lives):.2f} to {max(head_lives):.2f} s, half bodies "
          f"after {min(body_lives):.2f} to {max(body_lives):.2f} s since")
    print(f"meanwhile {len(timed.begun)} events, {describe(lags)}")
    assert loader.statuses == {202: len(timed.begun)} and not loader.broken
    assert lags[1] < 0.5
    for connection in silent + half_heads + half_bodies:
        connection.close()


def test_half_closed_and_vanished_clients_leave_nothing_behind(make_node, sink):
    node = start_node(make_node, sink)
    before = node.open_files()
    for first_bytes in (b"", HALF_HEAD, HALF_BODY):
        for connection in opened(node, first_bytes):
            connection.shutdown(socket.SHUT_WR)
            connection.close()
    eventually(lambda: node.open_files() < before + 20, 10,  # of its own it may open a few
               lambda: f"{node.open_files()} open files, {before} before")
    print(f"{before} open files before, {node.open_files()} after {3 * EACH} clients left")
    assert post(node.ingest, shop_event("one")).status == 202
    assert node.admin.counts("client")["accepted"] == 1  # no half request was taken for whole


def test_connections_over_the_limit_are_told_so(make_node, sink):
    node = start_node(make_node, sink, connections=20, header_timeout="10s")
    connections = [socket.create_connection(node.ingest, timeout=20) for _ in range(30)]
    selector = selectors.DefaultSelector()
    for connection in connections:
        selector.register(connection, selectors.EVENT_READ)
    eventually(lambda: len(selector.select(0)) == 10, 5,
               lambda: f"{len(selector.select(0))} of 30 were turned away, not 10")
    for key, _ in selector.select(0):
        raw = read_raw(key.fileobj)
        assert raw.closed and raw.answer.status == 503 and raw.answer.is_problem()
        assert int(raw.answer.headers["retry-after"]) >= 1
    for connection in connections:
        connection.close()
    eventually(lambda: post(node.ingest, shop_event("one")).status == 202, 10, "room again")


def test_limits_of_head_and_body(make_node, sink):
    node = start_node(make_node, sink, body="64KiB", header="8KiB")
    signed = shop_event("one")
    cases = {
        "a head above the limit": (431, request(
            node.ingest, "POST", "/in/shop", {"X-Long": "x" * 9000}, b"{}")),
        "too many fields": (431, request(
            node.ingest, "POST", "/in/shop", {f"X-{n}": "x" for n in range(150)}, b"{}")),
        "a target above the limit": (414, request(
            node.ingest, "POST", "/in/shop?" + "q" * 9000, {}, b"{}")),
        "a body above the limit, announced": (413, exchange_raw(
            node.ingest, b"POST /in/shop HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n"
        ).answer),
        "a body above the limit, chunked": (413, exchange_raw(
            node.ingest, b"POST /in/shop HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 20).answer),
        "a body that fits": (202, post(node.ingest, signed)),
    }
    for name, (expected, answer) in cases.items():
        print(f"{name}: {answer.status} {answer.body[:120]!r}")
        assert answer.status == expected, name
        assert expected == 202 or answer.is_problem(), name
