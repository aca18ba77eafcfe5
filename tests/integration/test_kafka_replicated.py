"""What was accepted with `ack: replicated` outlasts its node: another one takes it over and
delivers it, and the first, when it is back, does not again."""

from harness.copies import (ATTEMPTED_WITHIN, TAKEN_OVER_WITHIN, Taker, adopted, copies_standing,
                            send, start_pair)
from harness.spool import repeats, settled, start_with_kafka
from harness.waiting import eventually

EVENTS = 200
DELIVERED_BEFORE = 50


def test_a_dead_nodes_events_are_delivered_by_another(make_node, make_kafka, sink):
    kafka = make_kafka(nodes=3)
    dies, other = start_pair(make_node, kafka, sink)
    taker = Taker(sink)
    before = send(dies, "before", DELIVERED_BEFORE)
    eventually(lambda: taker.units.keys() == before, 20, "the first are delivered at once")
    eventually(lambda: not copies_standing(kafka), 10, "of what is delivered no copy stays")

    taker.accepting = False
    held = send(dies, "held", EVENTS)
    eventually(lambda: len(sink.arrivals) >= DELIVERED_BEFORE + EVENTS, 20, "each was attempted")
    assert len(copies_standing(kafka)) == EVENTS
    dies.kill()
    taker.accepting = True
    eventually(lambda: adopted(other, by="this_node") == EVENTS, TAKEN_OVER_WITHIN,
               lambda: f"{adopted(other, by='this_node')} taken over")
    eventually(lambda: taker.units.keys() == before | held, ATTEMPTED_WITHIN,
               lambda: f"{len(taker.units)} delivered")

    start_with_kafka(dies)
    dies.log.wait_for("lease.taken", 30)
    eventually(lambda: dies.admin.counts("client")["delivered"] == DELIVERED_BEFORE + EVENTS, 30,
               lambda: f"its books know: {dies.admin.counts('client')}")
    after = send(dies, "after", 20)
    eventually(lambda: taker.units.keys() == before | held | after, 20, "it goes on")
    eventually(lambda: not copies_standing(kafka), 10, "no copy is left")
    books = settled("client", dies, other)
    seen = taker.units
    everything = before | held | after
    print(f"acked {len(everything)}, delivered {len(seen)}, lost {len(everything - seen.keys())}, "
          f"repeated {seen.total() - len(seen)}, by cause as counted {repeats(dies, other)}; "
          f"taken over {adopted(other, by='this_node'):.0f}")
    assert seen == dict.fromkeys(everything, 1)
    assert books["delivered"] == books["accepted"] == len(everything)
