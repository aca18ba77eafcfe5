"""The only broker that two nodes share is away for a while: acknowledgements do not notice, and
nothing is lost."""

import time

from harness.spool import (await_books, await_busy, finish, first_taken, handed_over,
                           load, prove_nothing_lost, refuse_first, spool_settings, start_cluster)
from harness.waiting import eventually

RATE = 40  # at each node
AWAY_SECONDS = 8
ACK_SECONDS_MAX = 0.25  # p99, on a machine that has other work to do
# Taken by the destination, and not yet written when the broker went: transactions are begun each
# 200 ms, and on a busy machine take several times that.
UNWRITTEN_SECONDS = 3


def p99(loaders, begin, end):
    times = sorted(ack.seconds for loader in loaders for ack in loader.acks
                   if begin <= ack.begun < end)
    return times[len(times) * 99 // 100]


def test_the_only_broker_is_away_for_a_while(make_node, make_kafka, sink):
    refuse_first(sink)
    kafka = make_kafka()
    broker = next(iter(kafka.brokers.values()))
    nodes = start_cluster(make_node, lambda name: spool_settings(sink, kafka, name), ("n1", "n2"),
                          expected_errors={"kafka.down"})
    up = time.monotonic()
    loaders = load(nodes, RATE)
    await_busy(nodes, 200)
    gone = time.monotonic()
    broker.kill()
    eventually(lambda: time.monotonic() > gone + AWAY_SECONDS, AWAY_SECONDS + 5, "some load")
    for node in nodes:
        assert node.admin.metric("spillway_kafka_up") == 0
    before = handed_over(*nodes)
    back = time.monotonic()
    broker.start()
    kafka.await_brokers()
    for node in nodes:
        eventually(lambda: node.admin.metric("spillway_kafka_up") == 1, 30, "noticed")
    eventually(lambda: handed_over(*nodes) > before + 50, 30, "handed over again")
    units = finish(loaders)
    with_kafka, without = p99(loaders, up, gone), p99(loaders, gone, back)
    print(f"acks p99: {with_kafka * 1e3:.1f} ms with Kafka, {without * 1e3:.1f} ms without")
    assert not any(loader.broken for loader in loaders)
    assert without < max(2 * with_kafka, ACK_SECONDS_MAX)
    await_books(len(units), nodes)
    # What came twice was taken when the broker went, or later, and could not be written; or it was
    # on its way to the broker when that went.
    for unit, count in prove_nothing_lost(units, sink, nodes).items():
        assert count <= 2, unit
        assert count == 1 or first_taken(sink, unit) > gone - UNWRITTEN_SECONDS, unit
