"""Three brokers, each with a copy of everything: one is killed under load, and comes back."""

from harness.spool import (AGAIN_WITHIN, await_books, await_busy, finish, handed_over, load,
                           prove_nothing_lost, refuse_first, spool_settings, start_cluster, taken)
from harness.waiting import eventually

RATE = 40  # at each node
MEANWHILE = 200  # handed over, and attempted again
RETRY, CONTROL = "spillway-retry-30000", "spillway-control"


def test_one_broker_of_three_is_killed_under_load(make_node, make_kafka, sink):
    refuse_first(sink)
    kafka = make_kafka(nodes=3)
    nodes = start_cluster(make_node, lambda name: spool_settings(sink, kafka, name), ("n1", "n2"),
                          expected_errors={"kafka.down"})
    loaders = load(nodes, RATE)
    await_busy(nodes, 200)
    killed = kafka.describe(CONTROL).partitions[0].leader
    handed, attempted = handed_over(*nodes), taken(sink)
    kafka.brokers[killed].kill()
    eventually(lambda: handed_over(*nodes) >= handed + MEANWHILE, 40, "two brokers are enough")
    eventually(lambda: taken(sink) >= attempted + MEANWHILE, AGAIN_WITHIN,
               "what two brokers hold is attempted")
    assert kafka.describe(CONTROL).partitions[0].leader != killed
    kafka.brokers[killed].start()
    kafka.await_brokers()
    units = finish(loaders)
    assert not any(loader.broken for loader in loaders)
    await_books(len(units), nodes)
    seen = prove_nothing_lost(units, sink, nodes)
    assert max(seen.values()) <= 2
    eventually(lambda: all(len(partition.in_sync) == 3
                           for partition in kafka.describe(RETRY).partitions.values()), 30,
               "the broker has everything again")
