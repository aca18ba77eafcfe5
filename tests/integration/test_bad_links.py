"""Bad links: Toxiproxy stands between the node and its destinations, and delays, slices, swallows,
cuts and resets. Nothing is lost, what arrives twice was of unknown outcome in between, each attempt
is counted, and a destination with a good link hardly notices."""

import pytest

from harness.attempts import explain_attempts
from harness.lags import Lags, describe
from harness.loader import Loader
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.toxiproxy import BACK, THERE, Toxiproxy
from harness.waiting import eventually

EVENTS = 150
RATE = 100  # events a second, each to every destination
ATTEMPT_SECONDS = 2
NEIGHBOUR_SECONDS = 0.25  # what the bad links may add to the p99 of the good one
FAILURES = 3  # of each bad link, before it is healed

LONG_REPLY = Reply(body=b"x" * 8192)
LONG_HEAD = Reply(headers={"X-Long": "x" * 4096})
ENDED_BY_CLOSING = Reply(headers={"Connection": "close"}, body=b"x" * 512, sized=False)


@pytest.fixture(scope="module")
def toxiproxy():
    proxy = Toxiproxy()
    yield proxy
    proxy.close()


class Network:
    """A node whose one neighbour has a good link, and others with links to be spoilt."""

    def __init__(self, make_node, make_sink, toxiproxy, replies):
        self.neighbour = make_sink()
        self.sinks = {name: make_sink() for name in replies}
        for name, reply in replies.items():
            self.sinks[name].respond = lambda arrival, reply=reply: reply
        self.links = {name: toxiproxy.link(name, sink) for name, sink in self.sinks.items()}
        limits = {"timeout": {"total": f"{ATTEMPT_SECONDS}s"}, "max_in_flight": EVENTS}
        self.node = make_node(settings(
            sources={"shop": shop_source(keep_headers=["X-For"])},
            destinations={"neighbour": destination(self.neighbour.url)} | {
                name: destination(link.url, **limits) for name, link in self.links.items()},
            routes=[route("shop", "neighbour"),
                    route("shop", *self.links, when=[{"header": "X-For", "equals": "all"}])]))
        self.node.start()
        self.event_ids = []  # of those for all

    def send(self, prefix, to):
        """The neighbour's lags, once it has them all."""
        timed = Lags(shop_event(f"{prefix}-{number}", ("X-For", to)) for number in range(EVENTS))
        loader = Loader(lambda: self.node.ingest, timed, connections=4, rate=RATE).start()
        loader.join()
        assert loader.statuses == {202: EVENTS} and not loader.complaints
        if to == "all":
            self.event_ids += [ack.event_id for ack in loader.acks]
        eventually(lambda: all(ack.event_id in self.neighbour.by_id for ack in loader.acks), 20,
                   lambda: f"{len(self.neighbour.by_id)} delivered to the neighbour")
        return timed.at(self.neighbour)

    def failures(self, name, outcome):
        return self.node.admin.metric("spillway_attempts_total", destination=name, outcome=outcome)

    def all_delivered(self):
        for name in self.links:
            eventually(lambda: self.node.admin.counts(name)["delivered"] == len(self.event_ids),
                       30, lambda: (name, self.node.admin.counts(name)))

    def explain(self):
        """Outcomes by destination; the node's books and repeats must agree with them."""
        told = {name: explain_attempts(self.node, name, self.event_ids, sink)
                for name, sink in self.sinks.items()}
        for name, outcomes in told.items():
            print(f"{name}: {dict(outcomes)}, {len(self.sinks[name].arrivals)} arrivals")
        unknown = sum(outcomes["unknown"] for outcomes in told.values())
        assert self.node.admin.metric("spillway_duplicates_total",
                                      where="unknown_outcome") == unknown
        assert all(len(arrivals) == 1 for arrivals in self.neighbour.by_id.values())
        self.node.admin.audit()
        return told


def assert_unimpaired(alone, together):
    print(f"neighbour alone: {describe(alone)}; beside bad links: {describe(together)}")
    assert together[1] < alone[1] + NEIGHBOUR_SECONDS


def test_links_that_only_disfigure_cost_no_attempt(make_node, make_sink, toxiproxy):
    """The destination's answer has come, however late, in pieces or without its end."""
    network = Network(make_node, make_sink, toxiproxy, {
        "late": Reply(), "in-slices": Reply(), "trickling": LONG_REPLY,
        "trickling-too-long": LONG_REPLY, "cut-in-the-body": LONG_REPLY,
        "closing-late": ENDED_BY_CLOSING, "half-closing": ENDED_BY_CLOSING})
    alone = network.send("alone", to="neighbour")
    links = network.links
    links["late"].spoil("latency", THERE, latency=50, jitter=40)
    links["late"].spoil("latency", BACK, latency=150, jitter=100)
    for way in (THERE, BACK):
        links["in-slices"].spoil("slicer", way, average_size=8, size_variation=4, delay=50)
    links["trickling"].spoil("bandwidth", BACK, rate=20)  # kB/s
    links["trickling-too-long"].spoil("bandwidth", BACK, rate=2)
    links["cut-in-the-body"].spoil("limit_data", BACK, bytes=1000)
    links["closing-late"].spoil("slow_close", BACK, delay=3000 * ATTEMPT_SECONDS)
    together = network.send("together", to="all")
    network.all_delivered()
    for name, outcomes in network.explain().items():
        assert outcomes == {"delivered": EVENTS}, name
        assert len(network.sinks[name].arrivals) == EVENTS, name
    assert_unimpaired(alone, together)


def test_links_that_break_lose_nothing_and_repeat_only_the_unknown(make_node, make_sink,
                                                                   toxiproxy):
    # Whether requests arrive, and whether the node can rule it out.
    broken = {"refusing": (False, "deferred"), "reset-there": (False, "unknown"),
              "reset-back": (True, "unknown"), "swallowing-there": (False, "unknown"),
              "swallowing-back": (True, "unknown"), "closing-unanswered": (True, "unknown"),
              "cut-in-the-head": (True, "unknown"), "trickling-the-head": (True, "unknown")}
    network = Network(make_node, make_sink, toxiproxy, dict.fromkeys(broken, LONG_HEAD))
    alone = network.send("alone", to="neighbour")
    links = network.links
    links["refusing"].cut()
    links["reset-there"].spoil("reset_peer", THERE, timeout=0)
    links["reset-back"].spoil("reset_peer", BACK, timeout=0)
    links["swallowing-there"].spoil("timeout", THERE, timeout=0)
    links["swallowing-back"].spoil("timeout", BACK, timeout=0)
    links["closing-unanswered"].spoil("timeout", BACK, timeout=200)
    links["cut-in-the-head"].spoil("limit_data", BACK, bytes=1000)
    links["trickling-the-head"].spoil("bandwidth", BACK, rate=1)
    together = network.send("together", to="all")
    for name, (arrives, outcome) in broken.items():
        eventually(lambda: network.failures(name, outcome) >= FAILURES, 10,
                   lambda: f"attempts at {name} that are {outcome}")
        assert bool(network.sinks[name].arrivals) == arrives, name
        assert network.failures(name, "delivered") == 0, name
        links[name].heal()
    network.all_delivered()
    for name, outcomes in network.explain().items():
        assert set(outcomes) == {"delivered", broken[name][1]}, name
    assert_unimpaired(alone, together)
