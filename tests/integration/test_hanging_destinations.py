"""Destinations that take connections and then nothing: one reads and never answers, one does not
even read; and one that answers, but late. Attempts end with their time, what they hold is bounded,
and nobody else waits: not even one that needs room for many bodies at a time."""

import socket

import pytest

from harness.attempts import explain_attempts
from harness.lags import Lags, describe
from harness.loader import Loader
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import HANG, OK, Reply
from harness.waiting import eventually

EVENTS, RATE = 800, 200          # smaller ones, to the healthy and the hanging one
EVENT_BYTES = 32 << 10
BODIES, BODY_RATE = 200, 50      # large ones, to the deaf one
BODY_BYTES = 1 << 20
LATE_BODIES, LATE_BODY_BYTES = 150, 128 << 10  # to the late one: more than memory holds
LATE_SECONDS = 3
ATTEMPT_SECONDS = 1
IN_FLIGHT_MAX = 16
HEALTHY_IN_FLIGHT_MAX = 32       # 20 are needed
ANSWER_SECONDS = 0.1             # of the healthy one
NEIGHBOUR_SECONDS = 0.25         # what both may add to the p99 of the healthy one
# Both memory budgets below, and what RocksDB takes meanwhile. The large bodies alone are 200 MiB.
MEMORY_BYTES_MAX = 140 << 20
# The senders' connections and the journal's files among them.
FILES_MAX = 2 * IN_FLIGHT_MAX + HEALTHY_IN_FLIGHT_MAX + 40


@pytest.fixture
def deaf():
    """The address of a socket whose connections nobody accepts nor reads."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen(4096)
        yield listening.getsockname()


def configuration(healthy_url, hanging_url, deaf_url):
    limits = {"max_in_flight": IN_FLIGHT_MAX, "timeout": {"total": f"{ATTEMPT_SECONDS}s"}}
    return settings(
        sources={"shop": shop_source(keep_headers=["X-For"])},
        destinations={"healthy": destination(healthy_url, max_in_flight=HEALTHY_IN_FLIGHT_MAX),
                      "hanging": destination(hanging_url, **limits),
                      "deaf": destination(deaf_url, **limits)},
        routes=[route("shop", "healthy", when=[{"header": "X-For", "in": ["healthy", "hanging"]}]),
                route("shop", "hanging", when=[{"header": "X-For", "equals": "hanging"}]),
                route("shop", "deaf", when=[{"header": "X-For", "equals": "deaf"}])],
        memory={"ingest": "16MiB", "delivery": "8MiB"})


class Peaks:
    """The most that the node was seen to hold."""

    def __init__(self, node):
        self._node = node
        self.idle_bytes, self.idle_files = node.resident_bytes(), node.open_files()
        self.bytes = self.files = 0
        self.in_flight = {"hanging": 0, "deaf": 0}

    def look(self):
        self.bytes = max(self.bytes, self._node.resident_bytes() - self.idle_bytes)
        self.files = max(self.files, self._node.open_files() - self.idle_files)
        for name, most in self.in_flight.items():
            now = self._node.admin.metric("spillway_in_flight", destination=name)
            self.in_flight[name] = max(most, now)

    def __str__(self):
        return f"{self.bytes / 1e6:.0f} MB and {self.files} files above idle, {self.in_flight}"


def load(node, prefix, purpose, count, rate, padding):
    timed = Lags(shop_event(f"{prefix}-{number}", ("X-For", purpose), padding=padding)
                 for number in range(count))
    return timed, Loader(lambda: node.ingest, timed, connections=4, rate=rate).start()


def test_who_hangs_holds_little_and_harms_nobody(make_node, make_sink, deaf):
    healthy, hanging, cured = make_sink(), make_sink(), make_sink()
    healthy.respond = lambda arrival: Reply(after=ANSWER_SECONDS)
    hanging.respond = lambda arrival: HANG
    node = make_node(configuration(healthy.url, hanging.url, "http://{}:{}/hook".format(*deaf)))
    node.start()

    timed, loader = load(node, "alone", "healthy", EVENTS // 4, RATE, EVENT_BYTES)
    loader.join()
    eventually(lambda: len(healthy.by_id) == EVENTS // 4, 10, "the healthy one alone")
    alone = timed.at(healthy)

    peaks = Peaks(node)
    timed, small = load(node, "small", "hanging", EVENTS, RATE, EVENT_BYTES)
    _, large = load(node, "large", "deaf", BODIES, BODY_RATE, BODY_BYTES)

    def passed():
        peaks.look()
        return (len(healthy.by_id) == EVENTS // 4 + EVENTS and
                node.admin.counts("deaf")["accepted"] == BODIES)

    eventually(passed, 30, lambda: f"{len(healthy.by_id)} delivered to the healthy one")
    for loader, count in ((small, EVENTS), (large, BODIES)):
        loader.join()
        assert loader.statuses == {202: count}, loader.statuses
    together = timed.at(healthy)
    print(f"healthy alone: {describe(alone)}; beside them: {describe(together)}")
    print(f"peaks: {peaks}; files {peaks.idle_files} idle")
    assert together[1] < alone[1] + NEIGHBOUR_SECONDS
    assert peaks.bytes < MEMORY_BYTES_MAX and peaks.files < FILES_MAX
    assert 0 < peaks.in_flight["hanging"] <= IN_FLIGHT_MAX
    assert 0 < peaks.in_flight["deaf"] <= IN_FLIGHT_MAX

    event_ids = {"hanging": [ack.event_id for ack in small.acks],
                 "deaf": [ack.event_id for ack in large.acks]}
    for name, ids in event_ids.items():
        attempts = [attempt for event_id in ids
                    for attempt in node.admin.delivery(event_id, name)["attempts"]]
        took = [attempt["took_seconds"] for attempt in attempts]
        print(f"{name}: {len(took)} attempts ended after {min(took):.2f} to {max(took):.2f} s")
        assert {attempt["outcome"] for attempt in attempts} == {"unknown"}
        assert ATTEMPT_SECONDS <= min(took) and max(took) < ATTEMPT_SECONDS + 0.5

    hanging.respond = lambda arrival: OK
    assert node.reload(configuration(healthy.url, hanging.url, cured.url)) is None
    for name, sink in (("hanging", hanging), ("deaf", cured)):
        eventually(lambda: node.admin.counts(name)["pending"] == 0, 30,
                   lambda: (name, node.admin.counts(name)))
        print(name, dict(explain_attempts(node, name, event_ids[name], sink)))
    node.admin.audit()


def test_who_answers_late_leaves_memory_to_others(make_node, make_sink):
    healthy, late = make_sink(), make_sink()
    healthy.respond = lambda arrival: Reply(after=ANSWER_SECONDS)
    late.respond = lambda arrival: Reply(after=LATE_SECONDS)
    node = make_node(settings(
        sources={"shop": shop_source(keep_headers=["X-For"])},
        destinations={"healthy": destination(healthy.url, max_in_flight=HEALTHY_IN_FLIGHT_MAX),
                      "late": destination(late.url)},
        routes=[route("shop", name, when=[{"header": "X-For", "equals": name}])
                for name in ("healthy", "late")],
        memory={"ingest": "16MiB", "delivery": "8MiB"})).start()

    timed, loader = load(node, "alone", "healthy", EVENTS // 4, RATE, EVENT_BYTES)
    loader.join()
    eventually(lambda: len(healthy.by_id) == EVENTS // 4, 10, "the healthy one alone")
    alone = timed.at(healthy)

    _, bulky = load(node, "bulky", "late", LATE_BODIES, RATE, LATE_BODY_BYTES)
    bulky.join()
    timed, loader = load(node, "beside", "healthy", EVENTS, RATE, EVENT_BYTES)
    loader.join()
    eventually(lambda: len(healthy.by_id) == EVENTS // 4 + EVENTS, 30,
               lambda: f"{len(healthy.by_id)} delivered to the healthy one")
    together = timed.at(healthy)
    print(f"healthy alone: {describe(alone)}; beside a late one: {describe(together)}")
    assert node.admin.counts("late")["pending"] > LATE_BODIES // 4  # all the while
    assert together[1] < alone[1] + NEIGHBOUR_SECONDS
    node.admin.audit()
