"""Destinations that keep the order of an ordering key, end to end."""

import json

from harness.http import post
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import OK, Reply
from harness.waiting import eventually


def run(make_node, sink, **policy):
    return make_node(settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url, ordering_key={"json": "/customer"},
                                            **policy)},
        routes=[route("shop", "client")])).start()


def accept(node, unit, customer, version=None):
    body = json.dumps({"id": unit, "customer": customer, "version": version}).encode()
    answer = post(node.ingest, shop_event(unit, body=body))
    assert answer.status == 202, answer
    return answer.event_id


def units(sink):
    return [json.loads(arrival.body)["id"] for arrival in sink.arrivals]


def state(node, event_id):
    return node.admin.delivery(event_id, "client")["state"]


def test_one_failing_event_holds_back_its_own_key_alone(make_node, sink):
    healed = False
    sink.respond = lambda arrival: OK if healed or b'"a1"' not in arrival.body else Reply(500)
    node = run(make_node, sink, order="per_key")
    accept(node, "a1", "alice")
    second = accept(node, "a2", "alice")
    third = accept(node, "a3", "alice")
    bob = accept(node, "b1", "bob")
    eventually(lambda: state(node, bob) == "delivered", 10, lambda: units(sink))
    assert node.admin.delivery(second, "client")["blocked"]

    node.kill()
    node.start()
    eventually(lambda: units(sink).count("a1") >= 4, 10, lambda: units(sink))
    assert {"a2", "a3"}.isdisjoint(units(sink))
    node.admin.audit()

    healed = True
    eventually(lambda: state(node, third) == "delivered", 10, lambda: units(sink))
    of_alice = [unit for unit in units(sink) if unit != "b1"]
    assert of_alice == ["a1"] * (len(of_alice) - 2) + ["a2", "a3"]
    sequences = [int(arrival.headers["spillway-sequence"]) for arrival in sink.arrivals
                 if b"alice" in arrival.body]
    assert sequences == sorted(sequences)
    node.admin.audit()


def test_only_the_latest_version_is_sent(make_node, sink):
    sink.down()
    node = run(make_node, sink, order="latest", version={"json": "/version"})
    old = [accept(node, f"v{version}", "alice", version) for version in (8, 9)]
    latest = accept(node, "v10", "alice", 10)
    late = accept(node, "v9 again", "alice", 9)
    sink.up()
    eventually(lambda: state(node, latest) == "delivered", 20, lambda: units(sink))
    for event_id in (*old, late):
        delivery = node.admin.delivery(event_id, "client")
        assert (delivery["state"], delivery["reason"]) == ("superseded", "newer_version")
    assert set(units(sink)) == {"v10"}

    assert node.admin.post(f"/v1/events/{late}/replay")["reopened"] == []
    assert node.admin.post(f"/v1/events/{late}/replay", {"force": True})["reopened"] != []
    eventually(lambda: state(node, late) == "delivered", 10, lambda: units(sink))
    assert sink.arrivals[-1].headers["spillway-out-of-order"] == "1"
    counts = node.admin.counts("client")
    assert (counts["accepted"], counts["delivered"], counts["superseded"]) == (4, 2, 2)
    node.admin.audit()


def test_a_newest_version_that_dies_is_told(make_node, sink):
    sink.respond = lambda arrival: Reply(400) if b'"v10"' in arrival.body else OK
    node = run(make_node, sink, order="latest", version={"json": "/version"},
               retry={"on_4xx": "dead"})
    first = accept(node, "v9", "alice", 9)
    eventually(lambda: state(node, first) == "delivered", 10, lambda: units(sink))
    latest = accept(node, "v10", "alice", 10)
    eventually(lambda: state(node, latest) == "dead", 10, lambda: units(sink))
    assert node.admin.metric("spillway_newest_dead_total", destination="client") == 1
    assert node.log.wait_for("delivery.dead", 10)["newest_version"] is True
