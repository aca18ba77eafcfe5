"""One node and a Kafka: what is to wait long waits there, what must not does not, and the node does
without where Kafka is away."""

import json

from harness import cli
from harness.http import post
from harness.loader import Loader
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.spool import (AGAIN_WITHIN, LONG_RETRY, arrived, await_delivered, handed_over,
                           refuse_first, repeats, spool_settings, start_with_kafka)
from harness.waiting import eventually

EVENTS = 200


def send(node, prefix, count):
    loader = Loader(lambda: node.ingest,
                    (shop_event(f"{prefix}-{number}") for number in range(count)),
                    connections=8).start()
    loader.join(30)
    assert loader.statuses == {202: count}
    return {f"{prefix}-{number}" for number in range(count)}


def test_what_waits_long_waits_in_kafka_and_is_delivered_once(make_node, make_kafka, make_sink):
    kafka, sink, ordered_sink = make_kafka(), make_sink(), make_sink()
    refuse_first(sink)
    refuse_first(ordered_sink)
    ordered = destination(ordered_sink.url, retry=LONG_RETRY, order="per_key",
                          ordering_key={"json": "/id"})
    config = settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url, retry=LONG_RETRY), "ordered": ordered},
        routes=[route("shop", "client", "ordered")], node="n1",
        kafka={"brokers": kafka.bootstrap, "partitions": 4, "replication": 1})
    node = start_with_kafka(make_node(config))
    units = send(node, "wait", EVENTS)
    event_id = post(node.ingest, shop_event("followed")).event_id
    post(node.ingest, shop_event("erased"))
    units.add("followed")
    eventually(lambda: handed_over(node) == EVENTS + 2, 20, lambda: f"{handed_over(node)} handed")

    # The books stay here, and say where each delivery is.
    waiting = node.admin.delivery(event_id, "client")
    assert (waiting["state"], waiting["custody"]) == ("pending", "kafka")
    assert node.admin.delivery(event_id, "ordered")["custody"] == "local"
    assert node.admin.counts("client")["pending"] == EVENTS + 2
    node.admin.audit()
    records = kafka.read("spillway-retry-30000")
    assert len(records) == EVENTS + 2
    record = next(found for found in records if found.key.startswith(event_id.encode()))
    headers = dict(record.headers)
    assert record.key.decode() == f"{event_id}/client"
    assert headers["spillway-event"].decode() == event_id
    assert headers["spillway-attempts"] == b"1"
    assert headers["spillway-node"] == b"n1"
    assert json.loads(record.value)["id"] == "followed"

    # What is purged meanwhile is not sent.
    purged = cli.run(node.binary, "purge", "--source", "shop", "--key", "erased", "--yes", "--wait",
                     SPILLWAY_ADMIN=node.admin.url)
    assert purged.code == 0, purged
    await_delivered(node, EVENTS + 1)
    assert arrived(sink) == dict.fromkeys(units, 1)
    done = node.admin.event(event_id)["deliveries"]
    client = next(one for one in done if one["destination"] == "client")
    assert client["state"] == "delivered"
    assert [attempt["status"] for attempt in client["attempts"]] == [404, 200]
    assert node.admin.counts("client")["purged"] == 1
    assert repeats(node) == {}
    node.admin.audit()
    # What is done takes no space there any more, but for what was done last.
    eventually(lambda: len(kafka.read("spillway-retry-30000")) < EVENTS, 20, "records are deleted")
    print(f"{EVENTS + 2} deliveries waited in Kafka: 0 lost, 0 repeated")


def test_without_kafka_the_node_goes_on_and_hands_over_when_it_is_back(make_node, make_kafka,
                                                                      sink):
    kafka = make_kafka()
    broker = next(iter(kafka.brokers.values()))
    broker.kill()
    refuse_first(sink, until=3)
    quick = LONG_RETRY | {"schedule": ["1s", "32s"]}
    config = spool_settings(sink, kafka, "n1")
    config["destinations"]["client"]["retry"] = quick
    node = make_node(config, expected_errors={"kafka.down"}).start()
    assert node.started_in < 5
    send(node, "away", 50)
    eventually(lambda: len(sink.arrivals) == 100, 10, "both first attempts")
    assert handed_over(node) == 0
    assert node.admin.metric("spillway_kafka_up") == 0
    broker.start()
    kafka.await_brokers()
    eventually(lambda: node.admin.metric("spillway_kafka_up") == 1, 30, "Kafka is noticed")
    node.log.wait_for("kafka.connected", 30)
    eventually(lambda: send(node, "back", 1) and handed_over(node) >= 1, 60, "handed over again")
    eventually(lambda: node.admin.counts("client")["pending"] == 0, AGAIN_WITHIN + 30,
               lambda: f"all delivered: {node.admin.counts('client')}")
    assert set(arrived(sink, lambda arrival: arrival.attempt > 2).values()) == {1}
    node.admin.audit()


def test_kafka_cannot_be_taken_away_while_it_holds_deliveries(make_node, make_kafka, sink):
    kafka = make_kafka()
    refuse_first(sink)
    config = spool_settings(sink, kafka, "n1")
    node = start_with_kafka(make_node(config, expected_errors={"node.not_started"}))
    send(node, "held", 3)
    eventually(lambda: handed_over(node) == 3, 20, "handed over")
    node.stop()
    without = {key: value for key, value in config.items() if key != "kafka"}
    node.rewrite(json.dumps(without))
    node.launch()
    assert node.wait() != 0
    assert "wait in Kafka" in node.log.tail()
    node.rewrite(json.dumps(config))
    start_with_kafka(node)
    await_delivered(node, 3)
    assert set(arrived(sink).values()) == {1}
