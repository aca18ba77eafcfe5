"""What happens to a delivery that is not taken at once, end to end."""

import json

import pytest

from harness.http import post, request
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import HANG, OK, RESET, Reply
from harness.waiting import eventually


@pytest.fixture
def run(make_node, sink):
    """run(policy…) → a node whose one destination has this policy."""

    def start(**policy):
        return make_node(settings(sources={"shop": shop_source()},
                                  destinations={"client": destination(sink.url, **policy)},
                                  routes=[route("shop", "client")])).start()

    return start


def respond_in_turn(sink, *replies):
    """These replies, then the last one for ever."""
    remaining = list(replies)
    sink.respond = lambda arrival: remaining.pop(0) if len(remaining) > 1 else remaining[0]


def accept(node, unit="one"):
    answer = post(node.ingest, shop_event(unit))
    assert answer.status == 202, answer
    return answer.event_id


def wait_for_state(node, event_id, state, within=20):
    def reached():
        delivery = node.admin.delivery(event_id, "client")
        return delivery if delivery["state"] == state else None

    return eventually(reached, within, lambda: node.admin.delivery(event_id, "client"))


def gaps(sink):
    times = [arrival.at for arrival in sink.arrivals]
    return [later - earlier for earlier, later in zip(times, times[1:])]


def test_failures_are_tried_again_until_success(run, sink):
    respond_in_turn(sink, Reply(500), Reply(503), RESET, Reply(302, {"Location": sink.url}), OK)
    node = run()
    event_id = accept(node)
    delivery = wait_for_state(node, event_id, "delivered")
    outcomes = [attempt["outcome"] for attempt in delivery["attempts"]]
    print(f"outcomes {outcomes}, gaps {[f'{gap:.2f}' for gap in gaps(sink)]} s")
    assert outcomes == ["deferred", "deferred", "unknown", "deferred", "delivered"]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 503, None, 302, 200]
    assert [arrival.attempt for arrival in sink.arrivals] == [1, 2, 3, 4, 5]
    assert len(sink.by_id) == 1
    for gap, wait in zip(gaps(sink), (0.2, 0.4, 0.5, 0.5)):
        assert gap >= wait - 0.01


def test_retry_after_extends_the_wait(run, sink):
    respond_in_turn(sink, Reply(429, {"Retry-After": "2"}), Reply(503, {"Retry-After": "0"}), OK)
    node = run()
    wait_for_state(node, accept(node), "delivered")
    print(f"gaps {[f'{gap:.2f}' for gap in gaps(sink)]} s")
    assert gaps(sink)[0] >= 2 and gaps(sink)[1] >= 0.4 - 0.01


def test_an_attempt_ends_with_its_time(run, sink):
    respond_in_turn(sink, HANG, OK)
    node = run(timeout={"total": "500ms"})
    delivery = wait_for_state(node, accept(node), "delivered")
    first = delivery["attempts"][0]
    print(first)
    assert first["outcome"] == "unknown" and 0.5 <= first["took_seconds"] < 1.5
    assert node.admin.metric("spillway_attempts_total", outcome="unknown") == 1


def test_gone_pauses_until_resumed(run, sink):
    respond_in_turn(sink, Reply(410), OK)
    node = run()
    first = accept(node)
    eventually(lambda: node.admin.destination("client")["state"] == "paused", 10, "paused")
    second = accept(node, "two")
    assert node.admin.delivery(second, "client")["attempts"] == []
    assert node.admin.counts("client")["pending"] == 2 and len(sink.arrivals) == 1
    print(node.admin.destination("client"))
    assert node.admin.resume("client")["changed"]
    for event_id in (first, second):
        wait_for_state(node, event_id, "delivered")
    node.admin.audit()


def test_a_pause_survives_a_restart(run, sink):
    node = run()
    node.admin.pause("client")
    event_id = accept(node)
    node.kill()
    node.start()
    assert node.admin.destination("client")["state"] == "paused"
    assert not sink.arrivals
    node.admin.resume("client")
    wait_for_state(node, event_id, "delivered")


def test_on_4xx_dead_gives_up_at_once(run, sink):
    respond_in_turn(sink, Reply(422), OK)
    node = run(retry={"on_4xx": "dead"})
    delivery = wait_for_state(node, accept(node), "dead")
    assert delivery["reason"] == "rejected" and len(delivery["attempts"]) == 1
    assert node.admin.metric("spillway_dead_total", destination="client", reason="rejected") == 1


def test_4xx_is_tried_again_by_default_and_429_always(run, sink):
    respond_in_turn(sink, Reply(404), OK)
    node = run()
    assert len(wait_for_state(node, accept(node), "delivered")["attempts"]) == 2
    respond_in_turn(sink, Reply(429), OK)
    strict = run(retry={"on_4xx": "dead", "schedule": ["100ms"]})
    assert len(wait_for_state(strict, accept(strict, "two"), "delivered")["attempts"]) == 2


def test_given_up_is_dead_and_a_replay_delivers(run, sink):
    sink.respond = lambda arrival: Reply(500)
    node = run(retry={"schedule": ["200ms"], "then_every": "200ms", "give_up_after": "1s",
                      "jitter": 0})
    event_id = accept(node)
    dead = wait_for_state(node, event_id, "dead")
    print(f"{len(dead['attempts'])} attempts, then {dead['reason']}")
    assert dead["reason"] == "exhausted" and len(dead["attempts"]) > 2
    (listed,) = node.admin.get("/v1/dead")["deliveries"]
    assert (listed["event_id"], listed["destination"]) == (event_id, "client")

    sink.respond = lambda arrival: OK
    answer = node.admin.post("/v1/dead/replay", {
        "deliveries": [{"event_id": event_id, "destination": "client"},
                       {"event_id": event_id, "destination": "nobody"}]})
    assert answer["reopened"] == 1
    assert [refused["destination"] for refused in answer["refused"]] == ["nobody"]
    delivery = wait_for_state(node, event_id, "delivered")
    assert delivery["generation"] == 2 and delivery["attempts_made"] == 1
    assert node.admin.counts("client")["accepted"] == 1  # a replay accepts nothing anew
    node.admin.audit()


def test_a_sender_that_repeats_reopens_what_died(run, sink):
    respond_in_turn(sink, Reply(400), OK)
    node = run(retry={"on_4xx": "dead"})
    event_id = accept(node)
    wait_for_state(node, event_id, "dead")
    again = post(node.ingest, shop_event("one"))
    assert (again.json["status"], again.event_id) == ("duplicate", event_id)
    wait_for_state(node, event_id, "delivered")


def test_dropped_dead_letters_are_purged_and_accounted_for(run, sink):
    sink.respond = lambda arrival: Reply(400)
    node = run(retry={"on_4xx": "dead"})
    event_id = accept(node)
    wait_for_state(node, event_id, "dead")
    named = {"deliveries": [{"event_id": event_id, "destination": "client"}]}
    assert node.admin.post("/v1/dead/drop", named)["dropped"] == 1
    assert node.admin.counts("client")["purged"] == 1
    node.admin.audit()


def test_what_is_worthless_late_expires(run, sink):
    sink.down()
    node = run(ttl="1s")
    delivery = wait_for_state(node, accept(node), "expired")
    assert delivery["reason"] == "ttl"
    sink.up()
    assert accept(node, "two")
    eventually(lambda: len(sink.arrivals) == 1, 10, "the fresh one")
    assert json.loads(sink.arrivals[0].body)["id"] == "two"
    node.admin.audit()


def test_private_addresses_are_refused_without_leave(run, sink):
    node = run(egress={"allow": []})
    event_id = accept(node)
    attempt = eventually(lambda: node.admin.delivery(event_id, "client")["attempts"], 10,
                         "an attempt")[0]
    print(attempt)
    assert attempt["outcome"] == "deferred" and "127.0.0.1" in attempt["error"]
    assert "loopback" in attempt["error"]
    assert not sink.arrivals


def test_a_broad_range_does_not_cover_metadata_addresses(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source()},
        destinations={"client": destination("http://169.254.169.254/latest",
                                            egress={"allow": ["0.0.0.0/0"]})},
        routes=[route("shop", "client")])).start()
    event_id = accept(node)
    attempt = eventually(lambda: node.admin.delivery(event_id, "client")["attempts"], 10,
                         "an attempt")[0]
    print(attempt["error"])
    assert attempt["outcome"] == "deferred" and "metadata" in attempt["error"]


def test_deliveries_carry_what_they_should(run, sink):
    node = run(headers={"Authorization": "Bearer of the client"})
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    answer = post(node.ingest, shop_event("one", ("traceparent", traceparent)))
    (arrival,) = eventually(lambda: sink.arrivals, 10, "delivered")
    assert arrival.id == answer.event_id
    assert arrival.headers["authorization"] == "Bearer of the client"
    assert arrival.headers["spillway-source"] == "shop"
    assert arrival.headers["content-type"] == "application/json"
    assert arrival.headers["x-shop-signature"].startswith("sha256=")
    assert arrival.headers["traceparent"].split("-")[1] == traceparent.split("-")[1]
    body = request(node.admin.address, "GET", f"/v1/events/{answer.event_id}/body").body
    assert body == arrival.body


def test_routes_choose_by_header_and_body(make_node, make_sink):
    sinks = {name: make_sink() for name in ("german", "paid", "rest")}
    node = make_node(settings(
        sources={"shop": shop_source(keep_headers=["X-Country"])},
        destinations={name: destination(sink.url) for name, sink in sinks.items()},
        routes=[route("shop", "german", when=[{"header": "X-Country", "equals": "de"}]),
                route("shop", "paid", when=[{"json": "/state", "in": ["paid", "refunded"]}]),
                route("shop", "rest", otherwise=True)])).start()
    cases = {"both": ("de", "paid"), "header": ("de", "new"), "body": ("fr", "refunded"),
             "neither": ("fr", "new")}
    for unit, (country, state) in cases.items():
        body = json.dumps({"id": unit, "state": state}).encode()
        assert post(node.ingest, shop_event(unit, ("X-Country", country), body=body)).status == 202
    expected = {"german": {"both", "header"}, "paid": {"both", "body"}, "rest": {"neither"}}
    for name, units in expected.items():
        eventually(lambda: {json.loads(a.body)["id"] for a in sinks[name].arrivals} == units, 10,
                   lambda: (name, [a.body for a in sinks[name].arrivals]))
