"""What others compare with a node: a test event, a sender's list, a receiver's digest."""

import hashlib
import json

import pytest

from harness import cli
from harness.http import post, request
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

EVENTS = 200


@pytest.fixture
def node(make_node, sink):
    guarded = destination("http://127.0.0.1:9/", egress={"allow": []})
    nowhere = destination("https://127.0.0.1:9/")
    return make_node(settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url), "guarded": guarded, "nowhere": nowhere},
        routes=[route("shop", "client")])).start()


def ask(node, *arguments, **more):
    return cli.run(node.binary, *arguments, SPILLWAY_ADMIN=node.admin.url, **more)


def deliver(node, count, prefix="order"):
    acks = [post(node.ingest, shop_event(f"{prefix}-{number}")) for number in range(count)]
    assert all(ack.status == 202 for ack in acks)
    eventually(lambda: node.admin.counts("client")["delivered"] >= count, 30, "all delivered")
    return [ack.event_id for ack in acks]


def test_a_test_event_is_signed_and_stands_in_no_books(node, sink):
    sink.respond = lambda arrival: Reply(202, {}, b"hello tester")
    node.admin.pause("client")
    before = node.admin.audit()["destinations"]
    tested = ask(node, "destinations", "test", "client")
    assert tested.code == 0, tested
    assert "client: status 202" in tested.out and "hello tester" in tested.out
    assert f"at 127.0.0.1:{sink.port}" in tested.out
    [arrival] = sink.arrivals  # the sink has verified its signature
    assert arrival.headers["spillway-test"] == "1"
    assert json.loads(arrival.body)["type"] == "spillway.test"
    assert node.admin.audit()["destinations"] == before
    assert request(node.admin.address, "GET", f"/v1/events/{arrival.id}").status == 404
    assert node.admin.metric("spillway_attempts_total") == 0


def test_a_test_says_what_stands_in_the_way(node, sink):
    for name, failure in [("guarded", "egress"), ("nowhere", "connect")]:
        tested = ask(node, "destinations", "test", name, "--json")
        assert tested.code == 1, tested
        assert json.loads(tested.out)["failure"] == failure
    sink.respond = lambda arrival: Reply(500)
    assert ask(node, "destinations", "test", "client").code == 1
    assert ask(node, "destinations", "test", "nobody").code == 1


def test_a_senders_list_is_compared_by_key_and_by_event_id(node, tmp_path):
    events = deliver(node, EVENTS)
    complete = tmp_path / "sent.txt"
    complete.write_text("".join(f"order-{number}\n" for number in range(EVENTS)))
    known = ask(node, "reconcile", "--source", "shop", complete)
    assert known.code == 0 and f"{EVENTS} known" in known.out, known

    lost = ask(node, "reconcile", "--source", "shop",
               input="order-7\nlost-1\nlost-2\t2020-01-01T00:00:00Z\n")
    assert lost.code == 1 and "1 known" in lost.out, lost
    assert "unknown         lost-1" in lost.out and "beyond_horizon  lost-2" in lost.out, lost

    never = "01999999-0000-7000-8000-000000000001"
    by_id = ask(node, "reconcile", "--events", "--json", input="\n".join([*events, never]))
    assert by_id.code == 1
    answer = json.loads(by_id.out)
    assert (answer["known"], answer["unknown"]) == (EVENTS, 1)
    assert answer["results"][0]["events"] == [
        {"event_id": events[0], "deliveries": [{"destination": "client", "state": "delivered"}]}]


def digests(webhook_ids):
    """As docs/comparing.md has it."""
    hours = {}
    for id in set(webhook_ids):
        hour = int(id.replace("-", "")[:12], 16) // 3_600_000
        count, total = hours.get(hour, (0, 0))
        number = int.from_bytes(hashlib.sha256(id.encode()).digest()[:16], "big")
        hours[hour] = (count + 1, (total + number) % 2**128)
    return {hour: (count, f"{total:032x}") for hour, (count, total) in hours.items()}


def test_a_receiver_finds_what_it_misses(node, sink):
    deliver(node, EVENTS)
    answer = node.admin.get("/v1/digest", destination="client")
    assert answer["next_cursor"] is None
    of_node = [(bucket["count"], bucket["hash"]) for bucket in answer["buckets"]]
    assert of_node == [digest for _, digest in sorted(digests(sink.by_id).items())]

    missing, *processed = sink.by_id
    assert [digest for _, digest in sorted(digests(processed).items())] != of_node
    shown = ask(node, "digest", "--destination", "client")
    assert shown.code == 0 and of_node[0][1] in shown.out
    listed = ask(node, "digest", "--destination", "client", "--events")
    in_node = {word for word in listed.out.split() if len(word) == 36 and word.count("-") == 4}
    assert in_node - set(processed) == {missing}
