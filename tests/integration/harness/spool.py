"""What tests of the Kafka spool share: configurations whose first retry is handed over, a sink that
makes that retry necessary, and counts of what came of it."""

import collections

from harness.settings import destination, route, settings, shop_source
from harness.sink import OK, Reply
from harness.senders import units_of
from harness.waiting import eventually

# Longer than what stays local, and little more than the first tier.
WAIT_SECONDS = 31
LONG_RETRY = {"schedule": [f"{WAIT_SECONDS}s"], "then_every": "2m", "jitter": 0}
# Until a delivery that was handed over must have been attempted again.
AGAIN_WITHIN = WAIT_SECONDS + 30


def spool_settings(sink, kafka, node, **more):
    """The shop's events to one client, whose failures are handed over."""
    return settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url, retry=LONG_RETRY)},
        routes=[route("shop", "client")], node=node,
        kafka={"brokers": kafka.bootstrap, "partitions": 4, "replication": len(kafka.brokers)},
        **more)


def refuse_first(sink, until=2):
    """Attempts before that are answered 404, as by one that is well but does not know the thing."""
    sink.respond = lambda arrival: Reply(404) if arrival.attempt < until else OK


def start_with_kafka(node):
    node.start()
    node.log.wait_for("kafka.connected", 30)
    node.log.wait_for("spool.open", 30)
    eventually(lambda: node.admin.metric("spillway_kafka_up") == 1, 10, "Kafka takes messages")
    return node


def handed_over(*nodes):
    return sum(node.admin.metric("spillway_spool_handoff_total", result="handed_over")
               for node in nodes)


def arrived(sink, succeeded=lambda arrival: arrival.attempt > 1):
    """How often each unit was taken."""
    return collections.Counter(unit for arrival in list(sink.arrivals) if succeeded(arrival)
                               for unit in units_of(arrival.body))


def await_delivered(node, count, destination_name="client", within=AGAIN_WITHIN):
    eventually(lambda: node.admin.counts(destination_name)["delivered"] == count, within,
               lambda: f"{count} delivered: {node.admin.counts(destination_name)}")


def repeats(*nodes):
    """Counted by their causes, those that are not zero."""
    causes = ("handover", "rebalance", "unknown_outcome", "crash", "unrecorded")
    found = {cause: sum(node.admin.metric("spillway_duplicates_total", where=cause)
                        for node in nodes) for cause in causes}
    return {cause: count for cause, count in found.items() if count}
