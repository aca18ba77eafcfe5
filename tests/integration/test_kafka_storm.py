"""A retry storm: everything that a destination could not take comes again within seconds, from two
nodes at a time."""

import itertools
import time

from harness.loader import Loader
from harness.senders import shop_events
from harness.spool import (WAIT_SECONDS, attempts_of, await_books, finish, handed_over,
                           prove_nothing_lost, refuse_first, repeats, spool_settings,
                           start_cluster)
from harness.waiting import eventually

EVENTS = 25_000  # at each of the two nodes
# What finds 512 on their way to Kafka before it waits in its node's own spool.
HANDED_SHARE = 0.8


def test_fifty_thousand_deliveries_wait_in_kafka_and_come_again(make_node, make_kafka, sink):
    refuse_first(sink)
    kafka = make_kafka()
    nodes = start_cluster(make_node, lambda name: spool_settings(sink, kafka, name), ("n1", "n2"))
    began = time.monotonic()
    loaders = [Loader(lambda node=node: node.ingest,
                      itertools.islice(shop_events(f"at-{number}"), EVENTS),
                      connections=16).start() for number, node in enumerate(nodes)]
    everything = len(nodes) * EVENTS
    eventually(lambda: len(sink.arrivals) >= everything, 90,
               lambda: f"{len(sink.arrivals)} attempted")
    eventually(lambda: handed_over(*nodes) >= everything * HANDED_SHARE, 30,
               lambda: f"{handed_over(*nodes)} handed over, {len(sink.arrivals)} arrivals")
    took = time.monotonic() - began
    handed = handed_over(*nodes)
    units = finish(loaders)
    assert len(units) == everything
    eventually(lambda: len(sink.arrivals) >= 2 * everything, WAIT_SECONDS + 120,
               lambda: f"{len(sink.arrivals) - everything} attempted again")
    await_books(everything, nodes)
    again = sorted(arrival.at for arrival in sink.arrivals if arrival.attempt > 1)
    most, storm = again[len(again) * 9 // 10] - again[0], again[-1] - again[0]
    hops = sum(node.admin.metric("spillway_spool_hops_total") for node in nodes)
    print(f"{everything} accepted and refused, {handed:.0f} of them handed over, in {took:.1f} s, "
          f"{handed / took:.0f}/s; nine in ten attempted again within {most:.1f} s, "
          f"{len(again) * 0.9 / most:.0f}/s, all within {storm:.1f} s; from Kafka by the nodes "
          f"{[attempts_of(node) for node in nodes]}, {hops:.0f} hops")
    assert prove_nothing_lost(units, sink, nodes) == dict.fromkeys(units, 1)
    assert repeats(*nodes) == {}
