"""GET /v1/stream: what a page is told while it is open, and what one that never reads costs."""

import time

import pytest

from harness.http import request
from harness.listener import Listener
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

MANY = 150  # destinations, so that a snapshot is larger than what the system keeps for a reader


@pytest.fixture
def node(make_node, sink):
    names = [f"client-{number}" for number in range(MANY)]
    return make_node(settings(
        sources={"shop": shop_source()},
        destinations={name: destination(sink.url) for name in names},
        routes=[route("shop", names[0])])).start()


@pytest.fixture
def listen(node):
    open_ones = []

    def make(**options):
        open_ones.append(Listener(node.admin.address, **options))
        return open_ones[-1]

    yield make
    for listener in open_ones:
        listener.close()


def test_a_page_is_told_what_the_questions_answer(node, listen):
    listener = listen()
    head = listener.head()
    assert head.startswith("HTTP/1.1 200") and "text/event-stream" in head, head
    told = dict(listener.event() for _ in range(3))
    assert set(told) == {"summary", "destinations", "jobs"}
    assert set(told["summary"]) == set(node.admin.get("/v1/summary"))
    assert len(told["destinations"]["destinations"]) == MANY
    node.admin.pause("client-7")

    def paused():
        name, content = listener.event()
        return name == "summary" and content["destinations_paused"] == 1

    eventually(paused, 10, "a summary that knows of the pause")


def test_a_reader_that_never_reads_is_cut_and_costs_nothing(node, listen):
    usual = listen()
    usual.head()
    before = node.resident_bytes()
    silent = [listen(receive_bytes=4096) for _ in range(20)]
    until = time.monotonic() + 12
    slowest = 0
    while time.monotonic() < until:
        began = time.monotonic()
        assert request(node.admin.address, "GET", "/healthz").status == 200
        slowest = max(slowest, time.monotonic() - began)
        assert usual.event() is not None
    grown = node.resident_bytes() - before
    print(f"slowest answer {slowest * 1000:.1f} ms, memory grown by {grown / 1e6:.1f} MB")
    assert slowest < 1
    assert grown < 32e6
    for listener in silent:
        listener.drain()
    # Their places are free again.
    eventually(lambda: node.open_files() < 100, 10, "cut connections")


def test_a_stop_does_not_wait_for_listeners(node, listen):
    listener = listen()
    listener.head()
    silent = listen(receive_bytes=4096)
    eventually(lambda: listener.event()[0] == "jobs", 10, "a whole snapshot")
    began = time.monotonic()
    node.stop()
    assert time.monotonic() - began < 5
    listener.drain()
    silent.drain()


# A small node says so little that the buffers between it and a reader would last for minutes.
def test_a_reader_that_takes_nothing_is_cut_from_a_small_node_too(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")])).start()
    usual = Listener(node.admin.address)
    usual.head()
    before = node.open_sockets()
    silent = [Listener(node.admin.address, receive_bytes=2048) for _ in range(3)]
    eventually(lambda: node.open_sockets() == before + 3, 10, "the connections")

    def cut():
        assert usual.event() is not None
        return node.open_sockets() == before

    eventually(cut, 30, "the readers that take nothing to be cut")
    for listener in (usual, *silent):
        listener.close()


def test_one_token_has_a_share_of_the_places(make_node, sink):
    tokens = [{"name": name, "token": f"a-token-of-the-{name}"} for name in ("oncall", "board")]
    node = make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")], admin={"tokens": tokens})).start()
    oncall, board = (token["token"] for token in tokens)
    streams = [Listener(node.admin.address, token=board) for _ in range(16)]
    assert all("200" in stream.head() for stream in streams)
    refused = node.admin.ask("GET", "/v1/stream", token=board)
    assert refused.status == 429 and refused.headers["retry-after"] == "30", refused
    assert '"board"' in refused.json["detail"]
    streams.append(Listener(node.admin.address, token=oncall))
    assert "200" in streams[-1].head()
    for stream in streams:
        stream.close()


def test_so_many_listen_and_no_more(node, listen):
    for _ in range(64):
        assert "200" in listen().head()
    assert "503" in listen().head()
    assert request(node.admin.address, "GET", "/healthz").status == 200
