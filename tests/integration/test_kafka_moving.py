"""From a node's own spool to Kafka and back: nothing is lost on the way."""

import json

from harness import cli
from harness.http import post
from harness.senders import shop_event
from harness.spool import (await_delivered, arrived, handed_over, refuse_first, spool_settings,
                           start_with_kafka)
from harness.waiting import eventually


def test_what_waits_on_a_node_that_leaves_is_delivered_by_another(make_node, make_kafka, sink):
    kafka = make_kafka()
    config = spool_settings(sink, kafka, "leaves")
    leaving = start_with_kafka(make_node(config))
    sink.down()
    units = {f"left-{number}" for number in range(40)}
    for unit in units:
        assert post(leaving.ingest, shop_event(unit)).status == 202
    leaving.stop()
    drained = cli.run(leaving.binary, "drain", "--handover", leaving.config_path)
    # Those that had failed before the destination counted as down were there already.
    moved = int(drained.out.removesuffix(" deliveries handed over to Kafka\n"))
    assert drained.code == 0 and 30 <= moved <= 40, drained
    assert len(kafka.read("spillway-retry-30000")) == len(units)
    sink.up()
    other = start_with_kafka(make_node(spool_settings(sink, kafka, "stays")))
    eventually(lambda: set(arrived(sink, lambda arrival: True)) == units, 75,
               lambda: f"{len(arrived(sink, lambda arrival: True))} delivered")
    assert other.admin.counts("client")["accepted"] == 0
    # When it comes back after all, it knows.
    leaving.start()
    await_delivered(leaving, len(units), within=30)
    assert set(arrived(sink, lambda arrival: True).values()) == {1}
    leaving.admin.audit()


def test_kafka_gives_back_what_it_holds(make_node, make_kafka, sink):
    kafka = make_kafka()
    refuse_first(sink)
    config = spool_settings(sink, kafka, "n1")
    node = start_with_kafka(make_node(config))
    units = {f"held-{number}" for number in range(5)}
    for unit in units:
        post(node.ingest, shop_event(unit))
    eventually(lambda: handed_over(node) == len(units), 20, "handed over")
    node.stop()
    taken = cli.run(node.binary, "drain", "--take-back", node.config_path)
    assert (taken.code, taken.out) == (0, "5 deliveries taken back from Kafka\n"), taken
    node.rewrite(json.dumps({key: value for key, value in config.items() if key != "kafka"}))
    node.start()
    # Another node finds the copies, and that they are void.
    other = start_with_kafka(make_node(spool_settings(sink, kafka, "n2")))
    await_delivered(node, len(units))
    eventually(lambda: other.admin.metric("spillway_spool_records_open") == 0, 30, "nothing open")
    assert arrived(sink) == dict.fromkeys(units, 1)
    node.admin.audit()
