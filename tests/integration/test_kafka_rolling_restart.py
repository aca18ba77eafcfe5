"""Three nodes that share a Kafka are restarted one after the other, as an upgrade does it, while
all of them are under load and what waited in Kafka is attempted."""

import time

from harness.spool import (await_books, await_busy, await_shared, finish, load, prove_nothing_lost,
                           refuse_first, repeats, spool_settings, start_cluster, start_with_kafka)

RATE = 25  # at each node


# Attempts that are under way when their partition goes from one node to another are made again.
REPEATED_MAX = 20


def test_a_rolling_restart_of_three_loses_nothing_and_hardly_repeats(make_node, make_kafka, sink):
    refuse_first(sink, after=0.05)
    kafka = make_kafka()
    nodes = start_cluster(make_node, lambda name: spool_settings(sink, kafka, name),
                          ("n1", "n2", "n3"))
    loaders = load(nodes, RATE)
    await_busy(nodes, 200)
    for node in nodes:
        began = time.monotonic()
        node.stop()
        stopped = time.monotonic()
        start_with_kafka(node)
        await_shared(*nodes)
        print(f"stopped in {stopped - began:.1f} s, has its share again after "
              f"{time.monotonic() - stopped:.1f} s")
    units = finish(loaders)
    await_books(len(units), nodes)
    taken = prove_nothing_lost(units, sink, nodes)
    repeated = sum(taken.values()) - len(units)
    print(f"{len(units)} delivered, {repeated} repeated, counted since: {repeats(*nodes)}")
    assert set(taken) == units
    assert repeated <= REPEATED_MAX
