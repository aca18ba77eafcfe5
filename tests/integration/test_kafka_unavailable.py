"""Two of three brokers are gone: what is to have copies is refused or accepted without, as its
source wants it, and nothing is lost or doubled by that."""

import dataclasses
import time

from harness.copies import LOCAL_RETRY, Taker
from harness.http import post
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.spool import kafka_section, settled, start_with_kafka
from harness.waiting import eventually

EVENTS = 20
ANSWERED_WITHIN = 4


def two_sources(sink, kafka):
    return settings(
        sources={"shop": shop_source(ack="replicated", on_unavailable="refuse"),
                 "second": shop_source(ack="replicated", on_unavailable="journal")},
        destinations={"client": destination(sink.url, retry=LOCAL_RETRY)},
        routes=[route("shop", "client"), route("second", "client")], node="n1",
        kafka=kafka_section(kafka))


def lenient(unit):
    return dataclasses.replace(shop_event(unit), path="/in/second")


def timed_post(node, event):
    began = time.monotonic()
    answer = post(node.ingest, event)
    assert time.monotonic() - began < ANSWERED_WITHIN
    return answer


def test_without_copies_it_is_refused_or_accepted_as_configured(make_node, make_kafka, sink):
    kafka = make_kafka(nodes=3)
    node = start_with_kafka(make_node(two_sources(sink, kafka), expected_errors={"kafka.down"}))
    node.log.wait_for("lease.taken", 30)
    taker = Taker(sink)
    for event in (shop_event("strict"), lenient("lenient")):
        answer = timed_post(node, event)
        assert answer.status == 202
        assert answer.headers["spillway-durability"] == "replicated"
    for number in list(kafka.brokers)[1:]:
        kafka.brokers[number].kill()

    refused = {f"refused-{number}" for number in range(EVENTS)}
    for unit in refused:
        answer = timed_post(node, shop_event(unit))
        assert answer.status == 503
        assert answer.headers["retry-after"]
    accepted = {f"accepted-{number}" for number in range(EVENTS)}
    for unit in accepted:
        answer = timed_post(node, lenient(unit))
        assert answer.status == 202
        assert answer.headers["spillway-durability"] == "journal"
    eventually(lambda: taker.units.keys() == accepted | {"strict", "lenient"}, 20,
               "what was accepted is delivered, and nothing else")
    assert post(node.ingest, shop_event("refused-0")).status == 503

    for number in list(kafka.brokers)[1:]:
        kafka.brokers[number].start()
    kafka.await_brokers()
    # The sender comes back, and what it sends is known, once copies stand.
    def is_known(unit):
        answer = post(node.ingest, shop_event(unit))
        return answer.status == 202 and answer.json["status"] == "duplicate"
    for unit in refused:
        eventually(lambda unit=unit: is_known(unit), 60, unit)
    everything = refused | accepted | {"strict", "lenient"}
    eventually(lambda: taker.units.keys() == everything, 30,
               lambda: f"{len(taker.units)} delivered")
    seen = taker.units
    print(f"delivered {len(seen)} of {len(everything)}, repeated {seen.total() - len(seen)}")
    assert seen == dict.fromkeys(everything, 1)
    assert settled("client", node)["delivered"] == len(everything)
