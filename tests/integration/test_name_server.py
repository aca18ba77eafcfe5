"""A name server that never answers holds up nobody but those whose names it should know."""

import os
import random
import socket
import struct
import threading

import pytest

from harness.lags import Lags, describe
from harness.loader import Loader
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

EVENTS = 400
ATTEMPT_SECONDS = 1


class NameServer:
    """A name server on a loopback address of its own: silent, until it is told an address."""

    def __init__(self):
        self.questions = 0
        self.known_address = None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.53"
        self._socket.bind((self.address, 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            query, peer = self._socket.recvfrom(4096)
            if not query:
                return
            self.questions += 1
            if self.known_address:
                self._socket.sendto(self._answer(query), peer)

    def _answer(self, query):
        name_end = query.index(b"\0", 12) + 1
        question = query[12:name_end + 4]
        wants_ipv4 = question[-4:-2] == b"\0\1"
        header = query[:2] + struct.pack(">HHHHH", 0x8180, 1, int(wants_ipv4), 0, 0)
        record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(self.known_address)
        return header + question + (record if wants_ipv4 else b"")

    def close(self):
        self._socket.sendto(b"", (self.address, 53))  # wakes the thread
        self._thread.join()
        self._socket.close()


@pytest.fixture
def name_server():
    if os.geteuid() != 0:
        pytest.fail("this test needs root: it gives the node a resolv.conf of its own in a private "
                    "mount namespace, and binds port 53 of a loopback address")
    server = NameServer()
    yield server
    server.close()


def with_resolv_conf(path):
    """A command that runs its arguments where /etc/resolv.conf is another file."""
    return ("unshare", "--mount", "sh", "-ec",
            f'mount --bind "{path}" /etc/resolv.conf; exec "$@"', "sh")


def test_a_silent_name_server_holds_up_only_those_who_need_it(make_node, make_sink, name_server,
                                                              tmp_path):
    healthy, named = make_sink(), make_sink()
    resolv_conf = tmp_path / "resolv.conf"
    resolv_conf.write_text(f"nameserver {name_server.address}\n")
    node = make_node(settings(
        sources={"shop": shop_source()},
        destinations={
            "healthy": destination(healthy.url),
            "named": destination(f"http://client.example.test:{named.port}/hook",
                                 timeout={"connect": "1s", "total": f"{ATTEMPT_SECONDS}s"})},
        routes=[route("shop", "healthy", "named")])).start(with_resolv_conf(resolv_conf))
    timed = Lags(shop_event(f"event-{number}") for number in range(EVENTS))
    loader = Loader(lambda: node.ingest, timed, connections=2).start()
    loader.join()
    eventually(lambda: len(healthy.by_id) == EVENTS, 10,
               lambda: f"{len(healthy.by_id)} of {EVENTS} delivered to the healthy one")
    lags = timed.at(healthy)
    event_id = loader.acks[0].event_id
    attempts = eventually(lambda: node.admin.delivery(event_id, "named")["attempts"], 10,
                          "an attempt at the named one that ended")
    print(f"healthy: {describe(lags)}; {name_server.questions} questions unanswered; "
          f"first attempt at the named one: {attempts[0]}")
    assert name_server.questions > 0
    assert lags[1] < 0.3
    assert attempts[0]["outcome"] == "deferred" and attempts[0]["status"] is None
    assert "name server" in attempts[0]["error"]
    assert attempts[0]["took_seconds"] < ATTEMPT_SECONDS + 0.5
    assert not named.arrivals

    name_server.known_address = "127.0.0.1"
    eventually(lambda: node.admin.counts("named")["delivered"] == EVENTS, 60,
               lambda: node.admin.counts("named"))
    node.admin.audit()
