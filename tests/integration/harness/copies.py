"""What tests of `ack: replicated` share: a source that wants copies, a client that refuses for a
while, and what became of the copies."""

import collections
import threading

from harness.http import post
from harness.senders import shop_event, units_of
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.spool import kafka_section, start_cluster

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


def start_pair(make_node, kafka, sink):
    """Two nodes that hold their leases."""
    nodes = start_cluster(make_node, lambda name: replicated_settings(sink, kafka, name),
                          ("n1", "n2"), expected_errors={"kafka.down"})
    for node in nodes:
        node.log.wait_for("lease.taken", 30)
    return nodes


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
