"""A node with copies in Kafka leaves it: what waits there is its own again, and nobody else's."""

import json

from harness import cli
from harness.copies import (LEASE_SECONDS, Taker, adopted, copies_standing, replicated_settings,
                            send, start_pair)
from harness.waiting import eventually

EVENTS = 20


def test_a_node_that_leaves_takes_its_copies_with_it(make_node, make_kafka, sink):
    kafka = make_kafka(nodes=3)
    leaves, other = start_pair(make_node, kafka, sink)
    taker = Taker(sink)
    taker.accepting = False
    held = send(leaves, "held", EVENTS)
    eventually(lambda: len(sink.arrivals) >= EVENTS, 20, "each was attempted")
    leaves.stop()
    assert len(copies_standing(kafka)) == EVENTS
    recalled = cli.run(leaves.binary, "drain", "--take-back", leaves.config_path)
    assert recalled.code == 0, recalled
    assert not copies_standing(kafka)
    eventually(lambda: other.admin.metric("spillway_nodes", state="silent") == 1,
               LEASE_SECONDS + 15, "the other has noticed")
    taker.accepting = True

    config = replicated_settings(sink, kafka, "n1")
    del config["kafka"]
    for key in ("ack", "on_unavailable"):
        del config["sources"]["shop"][key]
    leaves.rewrite(json.dumps(config))
    leaves.start()
    eventually(lambda: taker.units.keys() == held, 60, lambda: f"{len(taker.units)} delivered")
    assert adopted(other, by="this_node") == 0
    assert taker.units == dict.fromkeys(held, 1)
    leaves.admin.audit()
