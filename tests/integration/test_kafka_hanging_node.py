"""One of two nodes that share a Kafka hangs for longer than the other believes in it, and goes on
as if nothing had been."""

import signal
import time

from harness.spool import (AGAIN_WITHIN, RETRY_PARTITIONS, attempts_of, await_books, await_busy,
                           await_shared, finish, first_taken, load, partitions_of,
                           prove_nothing_lost, refuse_first, spool_settings, start_cluster)
from harness.waiting import eventually

RATE = 30  # at each node
# With an attempt, or written in a transaction that was not over, when the node was frozen: those
# of the seconds that a transaction takes on a busy machine.
UNWRITTEN_SECONDS = 3


def test_a_node_that_hangs_is_fenced_and_recovers(make_node, make_kafka, sink):
    refuse_first(sink, after=0.05)
    kafka = make_kafka()
    nodes = start_cluster(make_node, lambda name: spool_settings(sink, kafka, name), ("n1", "n2"),
                          expected_errors={"kafka.down"})
    loaders = load(nodes, RATE)
    other, hangs = await_busy(nodes, 300)
    frozen = time.monotonic()
    hangs.signal(signal.SIGSTOP)
    try:
        eventually(lambda: partitions_of(other) == RETRY_PARTITIONS, 40,
                   "the other has all partitions")
        before = attempts_of(other)
        eventually(lambda: attempts_of(other) > before + 50, AGAIN_WITHIN,
                   "the other attempts what is due")
    finally:
        hangs.signal(signal.SIGCONT)
    thawed = time.monotonic()
    await_shared(*nodes)
    units = finish(loaders)
    await_books(len(units), nodes)
    print(f"frozen for {thawed - frozen:.1f} s")
    # Whatever came twice was under way when the node froze, or went out as it thawed, before it
    # knew that it had been away; and once more only.
    times = []
    for unit, count in prove_nothing_lost(units, sink, nodes).items():
        assert count <= 2, unit
        if count == 2:
            times.append(first_taken(sink, unit) - frozen)
    print(f"taken first, of those that came twice, after the freeze: {sorted(times)}")
    assert all(time > -UNWRITTEN_SECONDS for time in times)
