"""What tests of the Kafka spool share: configurations whose first retry is handed over, a sink that
makes that retry necessary, and counts of what came of it."""

import collections

from harness.loader import Loader
from harness.senders import shop_events, units_of
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

# Longer than what stays local, and little more than the first tier.
WAIT_SECONDS = 31
LONG_RETRY = {"schedule": [f"{WAIT_SECONDS}s"], "then_every": "2m", "jitter": 0}
# Until a delivery that was handed over must have been attempted again.
AGAIN_WITHIN = WAIT_SECONDS + 30
PARTITIONS = 4  # of each topic
RETRY_PARTITIONS = 8 * PARTITIONS


def kafka_section(kafka, **more):
    return {"brokers": kafka.bootstrap, "partitions": PARTITIONS,
            "replication": len(kafka.brokers), **more}


def spool_settings(sink, kafka, node, topic_prefix="spillway", **more):
    """The shop's events to one client, whose failures are handed over."""
    return settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url, retry=LONG_RETRY)},
        routes=[route("shop", "client")], node=node,
        kafka=kafka_section(kafka, topic_prefix=topic_prefix),
        **more)


def refuse_first(sink, until=2, after=0):
    """Attempts before that are answered 404, as by one that is well but does not know the thing;
    those that are taken, `after` seconds."""
    taken_reply = Reply(after=after)
    sink.respond = lambda arrival: Reply(404) if arrival.attempt < until else taken_reply


def start_with_kafka(node):
    node.start()
    node.log.wait_for("kafka.connected", 30)
    node.log.wait_for("spool.open", 30)
    eventually(lambda: node.admin.metric("spillway_kafka_up") == 1, 10, "Kafka takes messages")
    return node


def start_cluster(make_node, make_config, names, **options):
    """Nodes of these names, each with partitions of the retry topics."""
    nodes = [start_with_kafka(make_node(make_config(name), **options)) for name in names]
    await_shared(*nodes)
    return nodes


def partitions_of(node):
    """How many partitions of the retry topics the node's worker reads, as it last said."""
    told = [record["all"] for record in node.log.records()
            if record.get("event") in ("spool.assigned", "spool.revoked", "spool.lost")]
    return told[-1] if told else 0


def await_shared(*nodes, within=40):
    """Until the retry topics are shared out among all of these, and only these."""
    eventually(lambda: all(map(partitions_of, nodes)) and
               sum(map(partitions_of, nodes)) == RETRY_PARTITIONS, within,
               lambda: f"shared out: {[partitions_of(node) for node in nodes]}")


def handed_over(*nodes):
    return sum(node.admin.metric("spillway_spool_handoff_total", result="handed_over")
               for node in nodes)


def arrived(sink, succeeded=lambda arrival: arrival.attempt > 1):
    """How often each unit was taken."""
    return collections.Counter(unit for arrival in list(sink.arrivals) if succeeded(arrival)
                               for unit in units_of(arrival.body))


def taken(sink):
    return sum(arrival.attempt > 1 for arrival in list(sink.arrivals))


def await_delivered(node, count, destination_name="client", within=AGAIN_WITHIN):
    eventually(lambda: node.admin.counts(destination_name)["delivered"] == count, within,
               lambda: f"{count} delivered: {node.admin.counts(destination_name)}")


def first_taken(sink, unit):
    """When, by the monotonic clock."""
    return min(arrival.at for arrival in list(sink.arrivals)
               if arrival.attempt > 1 and unit in units_of(arrival.body))


def repeats(*nodes):
    """As the nodes counted them, by their causes, those that are not zero."""
    causes = ("handover", "rebalance", "unknown_outcome", "crash", "unrecorded")
    found = {cause: sum(node.admin.metric("spillway_duplicates_total", where=cause)
                        for node in nodes) for cause in causes}
    return {cause: count for cause, count in found.items() if count}


def load(nodes, rate):
    """One sender for each node, who follows it through its restarts; new events a second."""
    return [Loader(lambda node=node: node.ingest, shop_events(f"of-{number}"), connections=4,
                   rate=rate).start() for number, node in enumerate(nodes)]


def finish(loaders):
    """Ends the load. What was acknowledged; anything but 202 fails."""
    for loader in loaders:
        loader.finish()
        assert not loader.complaints
        assert set(loader.statuses) == {202}
    return set.union(*(loader.acked_units() for loader in loaders))


def attempts_of(*nodes):
    """Made of what waited in Kafka, in this life of the nodes."""
    return sum(node.admin.metric("spillway_spool_attempts_total") for node in nodes)


def await_busy(nodes, attempts):
    """Until so many were made of what waited in Kafka. The nodes, the one that made most last:
    Kafka's clients share out the partitions of all tiers together, so that those of one may all be
    with one node."""
    eventually(lambda: attempts_of(*nodes) >= attempts, AGAIN_WITHIN,
               lambda: f"attempted: {[attempts_of(node) for node in nodes]}")
    return sorted(nodes, key=attempts_of)


def await_books(count, nodes, within=AGAIN_WITHIN + 40):
    """Until so many are delivered by the books of all nodes together, and none waits."""
    def hold():
        counts = [node.admin.counts("client") for node in nodes]
        return (sum(found["delivered"] for found in counts) == count and
                not any(found["pending"] for found in counts))

    eventually(hold, within, lambda: f"{[node.admin.counts('client') for node in nodes]}")


def settled(destination_name, *nodes):
    """The books of all nodes together, each proven by reading its whole journal."""
    total = collections.Counter()
    for node in nodes:
        total.update(node.admin.audit()["destinations"].get(destination_name, {}))
    return total


def prove_nothing_lost(units, sink, nodes):
    """What the sink saw, the journals read whole and the books agree. Returns how often each unit
    was taken."""
    seen = arrived(sink)
    books = settled("client", *nodes)
    print(f"acked {len(units)}, delivered {len(seen)}, lost {len(units - seen.keys())}, repeated "
          f"{sum(seen.values()) - len(seen)}, by cause as counted {repeats(*nodes)}; "
          f"books {dict(books)}")
    assert seen.keys() == units
    assert books["delivered"] == books["accepted"] == len(units)
    return seen
