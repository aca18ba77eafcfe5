"""A node that was stopped past its lease goes on as if nothing had been: what the other has taken
over meanwhile it does not attempt."""

import signal

from harness.copies import (ATTEMPTED_WITHIN, TAKEN_OVER_WITHIN, Taker, adopted, send,
                            start_pair)
from harness.spool import repeats, settled
from harness.waiting import eventually

EVENTS = 200


def test_a_node_stopped_past_its_lease_leaves_what_was_taken_over(make_node, make_kafka, sink):
    kafka = make_kafka(nodes=3)
    hangs, other = start_pair(make_node, kafka, sink)
    taker = Taker(sink)
    taker.accepting = False
    held = send(hangs, "held", EVENTS)
    eventually(lambda: len(sink.arrivals) >= EVENTS, 20, "each was attempted")
    taker.accepting = True
    hangs.signal(signal.SIGSTOP)
    try:
        eventually(lambda: adopted(other, by="this_node") == EVENTS, TAKEN_OVER_WITHIN,
                   lambda: f"{adopted(other, by='this_node')} taken over")
    finally:
        hangs.signal(signal.SIGCONT)
    # All of it is overdue there, and waits in Kafka for the other.
    hangs.log.wait_for("lease.lost", 30)
    eventually(lambda: adopted(hangs, by="others") == EVENTS, 30, "it knows")
    eventually(lambda: taker.units.keys() == held, ATTEMPTED_WITHIN,
               lambda: f"{len(taker.units)} delivered")
    after = send(hangs, "after", 20)
    eventually(lambda: taker.units.keys() == held | after, 20, "it goes on")
    eventually(lambda: hangs.admin.counts("client")["delivered"] == EVENTS + 20, 30,
               lambda: f"its books know: {hangs.admin.counts('client')}")
    seen = taker.units
    books = settled("client", hangs, other)
    print(f"acked {len(held | after)}, delivered {len(seen)}, repeated "
          f"{seen.total() - len(seen)}, by cause as counted {repeats(hangs, other)}")
    assert seen == dict.fromkeys(held | after, 1)
    assert books["delivered"] == books["accepted"] == len(held | after)
