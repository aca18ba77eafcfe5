"""A destination that is gone for a while: what was accepted meanwhile is delivered when it is back,
and waits on disk, not in memory."""

import time

from harness.lags import Lags, describe
from harness.loader import Loader
from harness.oracle import judge
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import HANG, OK
from harness.waiting import eventually

EVENTS = 10_000
BODY_BYTES = 8 * 1024      # 80 MB in all, more than may be kept in memory
MEMORY_BYTES_MAX = 200 << 20
RECOVERY_SECONDS = 12      # from the destination's return until the last is delivered
CLOSED, OPEN = 0, 2        # of spillway_breaker_state


def test_ten_thousand_events_of_an_outage_drain(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")], memory={"ingest": "16MiB", "delivery": "16MiB"})).start()
    idle = node.resident_bytes()
    sink.down()
    units = [f"outage-{number}" for number in range(EVENTS)]
    loader = Loader(lambda: node.ingest, (shop_event(unit, padding=BODY_BYTES) for unit in units),
                    connections=16).start()
    loader.join(within=120)
    assert loader.statuses == {202: EVENTS} and not loader.complaints
    counts = node.admin.counts("client")
    assert counts["pending"] == counts["accepted"] == EVENTS
    waiting = node.resident_bytes()

    def breaker_is(state):
        return node.admin.metric("spillway_breaker_state", destination="client") == state

    eventually(lambda: breaker_is(OPEN), 5, "the breaker is open")
    assert node.admin.metric("spillway_convergence_seconds_count") == 0
    sink.up()
    back = time.monotonic()
    eventually(lambda: len(sink.by_id) >= EVENTS, 2 * RECOVERY_SECONDS,
               lambda: f"delivered {len(sink.by_id)}")
    eventually(lambda: node.admin.counts("client")["pending"] == 0, 10, "all outcomes written")
    eventually(lambda: breaker_is(CLOSED), 5, "the breaker is closed")
    eventually(lambda: node.admin.metric("spillway_convergence_seconds_count") >= 1, 5,
               "the node says that it has converged")
    took = sink.arrivals[-1].at - back
    drained = node.resident_bytes()
    judgement = judge(set(units), sink)
    report = node.admin.audit()
    print(judgement)
    print(f"drained in {took:.2f} s, {EVENTS / took:.0f}/s; books {report['destinations']}")
    print("memory idle {:.0f} MB, waiting {:.0f} MB, drained {:.0f} MB".format(
        *(size / 1e6 for size in (idle, waiting, drained))))
    assert took <= RECOVERY_SECONDS
    assert judgement.innocent() and judgement.delivered == EVENTS
    assert judgement.repeats == 0
    assert report["destinations"]["client"]["delivered"] == EVENTS
    assert max(waiting, drained) < MEMORY_BYTES_MAX


def test_a_destination_that_is_down_under_traffic_says_why(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")])).start()

    def send(name, events):
        loader = Loader(lambda: node.ingest,
                        (shop_event(f"{name}-{number}") for number in range(events)),
                        connections=8).start()
        loader.join(within=60)
        assert loader.statuses == {202: events}

    send("well", 3)
    eventually(lambda: len(node.admin.attempts("client")) == 3, 10, "the first are attempted")
    assert node.admin.destination("client")["last_failure"] is None
    sink.down()
    send("first", 50)
    eventually(lambda: node.admin.destination("client")["breaker"] == "open", 10, "it is down")
    send("later", 500)  # of which all but probes wait for their first attempt
    known = node.admin.destination("client")
    assert known["last_failure"]["outcome"] == "deferred" and known["last_failure"]["error"], known
    attempts = node.admin.attempts("client")
    newest = attempts[0]
    assert newest["started"] >= known["last_failure"]["at"]
    tried = node.admin.delivery(newest["event_id"], "client")
    assert newest["error"] in {attempt["error"] for attempt in tried["attempts"]}, tried

    # Only in memory: what a new process tells it has seen itself.
    node.stop()
    ready = node.start().admin
    eventually(lambda: ready.attempts("client"), 20, "a probe")
    assert not {attempt["started"] for attempt in ready.attempts("client")} & {
        attempt["started"] for attempt in attempts}
    eventually(lambda: ready.destination("client")["last_failure"], 20, "it failed again")
    sink.up()
    eventually(lambda: ready.counts("client")["pending"] == 0, 30, "all delivered")
    known = ready.destination("client")
    assert known["last_failure"]["at"] < known["last_delivered"]
    assert ready.attempts("client")[0]["outcome"] == "delivered"


def test_dead_and_hanging_destinations_do_not_slow_a_healthy_one(make_node, make_sink):
    """In small: the same events to one that refuses, one that hangs and one that is well."""
    healthy, refusing, hanging = make_sink(), make_sink(), make_sink()
    refusing.down()
    hanging.respond = lambda arrival: HANG
    node = make_node(settings(
        sources={"shop": shop_source()},
        destinations={"healthy": destination(healthy.url), "refusing": destination(refusing.url),
                      "hanging": destination(hanging.url, timeout={"total": "2s"})},
        routes=[route("shop", "healthy", "refusing", "hanging")])).start()
    timed = Lags(shop_event(f"event-{number}") for number in range(1500))
    loader = Loader(lambda: node.ingest, timed, connections=4).start()
    loader.join()
    eventually(lambda: len(healthy.by_id) == len(timed.begun), 20,
               lambda: f"{len(healthy.by_id)} of {len(timed.begun)} delivered")
    lags = timed.at(healthy)
    print(f"healthy: {describe(lags)}")
    assert lags[-1] < 1.0  # well below the 2 s of a hanging attempt
    hanging.respond = lambda arrival: OK
