"""What was accepted with `ack: replicated` outlasts its node: another one takes it over and
delivers it, and the first, when it is back, does not again."""

import collections
import threading

from harness.http import post
from harness.senders import shop_event, units_of
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.spool import kafka_section, repeats, settled, start_cluster, start_with_kafka
from harness.waiting import eventually

EVENTS = 200
DELIVERED_BEFORE = 50
# What has failed waits here, not in Kafka: its node has it when it dies.
LOCAL_RETRY = {"schedule": ["25s"], "then_every": "25s", "jitter": 0}
LEASE_SECONDS = 30
# It is taken over, and waits in the first tier.
TAKEN_OVER_WITHIN = LEASE_SECONDS + 15
ATTEMPTED_WITHIN = TAKEN_OVER_WITHIN + 30 + 20


def replicated_settings(sink, kafka, name, **more):
    return settings(
        sources={"shop": shop_source(ack="replicated", on_unavailable="refuse")},
        destinations={"client": destination(sink.url, retry=LOCAL_RETRY)},
        routes=[route("shop", "client")], node=name, kafka=kafka_section(kafka), **more)


def send(node, prefix, count):
    units = {f"{prefix}-{number}" for number in range(count)}
    for unit in units:
        answer = post(node.ingest, shop_event(unit))
        assert answer.status == 202, answer
        assert answer.headers["spillway-durability"] == "replicated"
    return units


class Taker:
    """A client that takes what it is sent, or for a while refuses it, and counts what it took."""

    def __init__(self, sink):
        self.accepting = True
        self.units = collections.Counter()
        self._lock = threading.Lock()
        sink.respond = self._respond

    def _respond(self, arrival):
        with self._lock:
            if not self.accepting:
                return Reply(404)
            self.units.update(units_of(arrival.body))
            return Reply(200)


def adopted(*nodes, by):
    return sum(node.admin.metric("spillway_adopted_total", by=by) for node in nodes)


def copies_standing(kafka):
    last = {record.key: record for record in kafka.read("spillway-accepted")}
    return {key for key, record in last.items() if record.value}


def test_a_dead_nodes_events_are_delivered_by_another(make_node, make_kafka, sink):
    kafka = make_kafka(nodes=3)
    dies, other = start_cluster(make_node, lambda name: replicated_settings(sink, kafka, name),
                                ("n1", "n2"), expected_errors={"kafka.down"})
    for node in (dies, other):
        node.log.wait_for("lease.taken", 30)
    taker = Taker(sink)
    before = send(dies, "before", DELIVERED_BEFORE)
    eventually(lambda: taker.units.keys() == before, 20, "the first are delivered at once")
    eventually(lambda: not copies_standing(kafka), 10, "of what is delivered no copy stays")

    taker.accepting = False
    held = send(dies, "held", EVENTS)
    eventually(lambda: len(sink.arrivals) >= DELIVERED_BEFORE + EVENTS, 20, "each was attempted")
    assert len(copies_standing(kafka)) == EVENTS
    dies.kill()
    taker.accepting = True
    eventually(lambda: adopted(other, by="this_node") == EVENTS, TAKEN_OVER_WITHIN,
               lambda: f"{adopted(other, by='this_node')} taken over")
    eventually(lambda: taker.units.keys() == before | held, ATTEMPTED_WITHIN,
               lambda: f"{len(taker.units)} delivered")

    start_with_kafka(dies)
    dies.log.wait_for("lease.taken", 30)
    eventually(lambda: dies.admin.counts("client")["delivered"] == DELIVERED_BEFORE + EVENTS, 30,
               lambda: f"its books know: {dies.admin.counts('client')}")
    after = send(dies, "after", 20)
    eventually(lambda: taker.units.keys() == before | held | after, 20, "it goes on")
    eventually(lambda: not copies_standing(kafka), 10, "no copy is left")
    books = settled("client", dies, other)
    seen = taker.units
    everything = before | held | after
    print(f"acked {len(everything)}, delivered {len(seen)}, lost {len(everything - seen.keys())}, "
          f"repeated {seen.total() - len(seen)}, by cause as counted {repeats(dies, other)}; "
          f"taken over {adopted(other, by='this_node'):.0f}")
    assert seen == dict.fromkeys(everything, 1)
    assert books["delivered"] == books["accepted"] == len(everything)
