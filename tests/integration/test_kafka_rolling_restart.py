"""Three nodes that share a Kafka are restarted one after the other, as an upgrade does it, while
all of them are under load and what waited in Kafka is attempted."""

import time

from harness.spool import (await_books, await_busy, await_shared, finish, load, prove_nothing_lost,
                           refuse_first, repeats, spool_settings, start_cluster, start_with_kafka)

RATE = 25  # at each node


def test_a_rolling_restart_of_three_repeats_nothing(make_node, make_kafka, sink):
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
    assert prove_nothing_lost(units, sink, nodes) == dict.fromkeys(units, 1)
    assert repeats(*nodes) == {}
