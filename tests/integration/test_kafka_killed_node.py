"""kill -9 of one of two nodes that share a Kafka, while both are under load and it attempts what
waited there."""

import time

from harness.spool import (await_books, await_busy, await_shared, finish, first_taken, load,
                           prove_nothing_lost, refuse_first, spool_settings, start_cluster,
                           start_with_kafka)

RATE = 30  # at each node
# An attempt whose outcome is not in Kafka yet when its node dies is made again: a transaction is
# begun each 200 ms and takes as long again, on a busy machine several times that.
UNWRITTEN_SECONDS = 2


def test_a_node_killed_among_retries_loses_nothing(make_node, make_kafka, sink):
    refuse_first(sink, after=0.05)
    kafka = make_kafka()
    nodes = start_cluster(make_node, lambda name: spool_settings(sink, kafka, name), ("n1", "n2"))
    loaders = load(nodes, RATE)
    stays, dies = await_busy(nodes, 300)
    killed = time.monotonic()
    dies.kill()
    await_shared(stays)
    start_with_kafka(dies)
    await_shared(*nodes)
    units = finish(loaders)
    await_books(len(units), nodes)
    print(f"{sum(loader.broken for loader in loaders)} requests cut off")
    # Whatever came twice was under way, or not written yet, when the node died; and once more only.
    for unit, count in prove_nothing_lost(units, sink, nodes).items():
        assert count <= 2, unit
        if count == 2:
            assert killed - UNWRITTEN_SECONDS < first_taken(sink, unit) <= killed + 0.1, unit
