"""Jobs by filter: replay, drop and purge of many at a time, over the API and the command line."""

import json

import pytest

from harness import cli
from harness.http import post, request
from harness.loader import Loader
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import HANG, OK, Reply
from harness.waiting import eventually

LETTERS = 2000
RATE = 400


@pytest.fixture
def node(make_node, sink):
    return make_node(settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url, retry={"on_4xx": "dead"})},
        routes=[route("shop", "client")])).start()


def ask(node, *arguments):
    return cli.run(node.binary, *arguments, SPILLWAY_ADMIN=node.admin.url)


def accept_dead(node, sink, count):
    """So many dead letters; their event ids."""
    sink.respond = lambda arrival: Reply(400)
    loader = Loader(lambda: node.ingest,
                    (shop_event(f"letter-{number}") for number in range(count))).start()
    loader.join()
    assert not loader.complaints
    eventually(lambda: node.admin.counts("client")["dead"] == count, 30, "all dead")
    return [ack.event_id for ack in loader.acks]


def job(node, number):
    return node.admin.get(f"/v1/jobs/{number}")


def test_a_replay_goes_on_after_a_crash_and_repeats_nothing(node, sink):
    events = accept_dead(node, sink, LETTERS)
    counted = ask(node, "dead", "replay", "--destination", "client", "--dry-run")
    assert (counted.code, counted.out) == (0, f"{LETTERS} match\n")
    assert node.admin.counts("client")["dead"] == LETTERS

    sink.respond = lambda arrival: OK
    begun = ask(node, "dead", "replay", "--destination", "client", "--rate", RATE, "--json")
    number = json.loads(begun.out)["id"]
    eventually(lambda: job(node, number)["done"] >= LETTERS // 4, 20, "a quarter of it")
    node.kill()
    before = len(sink.arrivals)
    node.start()
    went_on = job(node, number)
    print(f"killed after {went_on['done']} of {LETTERS}, {before - LETTERS} had arrived")
    assert LETTERS // 4 <= went_on["done"] < LETTERS
    eventually(lambda: job(node, number)["state"] == "done", 60, "the job's end")
    eventually(lambda: node.admin.counts("client")["delivered"] == LETTERS, 30, "all delivered")

    ended = job(node, number)
    assert (ended["matched"], ended["done"], ended["skipped"]) == (LETTERS, LETTERS, 0)
    for event_id in events:
        delivery = node.admin.delivery(event_id, "client")
        lives = [(attempt["generation"], attempt["outcome"]) for attempt in delivery["attempts"]]
        assert delivery["generation"] == 2, delivery
        # Once more only where the crash took the record of an attempt.
        assert lives == [(1, "rejected"), (2, "delivered")], lives
    # What was under way when it was killed arrived twice, and nothing else did.
    twice = sum(len(sink.by_id[event_id]) > 2 for event_id in events)
    print(f"{twice} arrived once more because of the crash")
    assert twice <= 100
    assert node.admin.metric("spillway_jobs_running") == 0
    node.admin.audit()


def test_a_replay_keeps_to_its_rate_and_can_be_cancelled(node, sink):
    accept_dead(node, sink, 300)
    sink.respond = lambda arrival: OK
    begun = ask(node, "dead", "replay", "--all", "--rate", 50, "--json")
    number = json.loads(begun.out)["id"]
    eventually(lambda: job(node, number)["done"] >= 50, 20, "some of it")
    assert "running" in ask(node, "jobs", "list").out
    cancelled = ask(node, "jobs", "cancel", number)
    assert cancelled.code == 0 and "cancelled" in cancelled.out
    assert ask(node, "jobs", "cancel", number).code == 1
    done = job(node, number)["done"]
    arrivals = [arrival.at for arrival in sink.arrivals[300:]]
    print(f"{done} in {arrivals[-1] - arrivals[0]:.1f} s")
    assert arrivals[-1] - arrivals[0] >= (50 - 10) / 50
    assert node.admin.counts("client")["dead"] == 300 - done
    # The rest, waited for.
    rest = ask(node, "dead", "replay", "--destination", "client", "--wait")
    assert rest.code == 0 and f"{300 - done} done of {300 - done}" in rest.out, rest
    eventually(lambda: node.admin.counts("client")["delivered"] == 300, 20, "all delivered")
    assert node.admin.metric("spillway_job_deliveries_total", kind="replay") == 300
    node.admin.audit()


def test_a_purge_leaves_nothing_of_pending_delivered_and_dead(node, sink):
    body = json.dumps({"customer": "4917012345", "id": 1}).encode()

    def accept(unit, content=body):
        answer = post(node.ingest, shop_event(unit, body=content))
        assert answer.status == 202
        return answer.event_id

    delivered = accept("delivered")
    eventually(lambda: node.admin.counts("client")["delivered"] == 1, 10, "delivered")
    sink.respond = lambda arrival: Reply(400, {"X": "4917012345"})
    dead = accept("dead")
    eventually(lambda: node.admin.counts("client")["dead"] == 1, 10, "dead")
    sink.respond = lambda arrival: HANG
    under_way = accept("under way")
    eventually(lambda: len(sink.by_id[under_way]) == 1, 10, "an attempt under way")
    node.admin.pause("client")
    pending = accept("pending")
    other = accept("other", b'{"customer":"4917099999"}')

    value = ("--json-pointer", "/customer", "--json-value", "4917012345")
    assert ask(node, "purge", *value, "--dry-run").out == "4 match\n"
    assert ask(node, "purge", *value).code == 2, "without a terminal it needs --yes"
    purged = ask(node, "purge", *value, "--yes", "--wait")
    assert purged.code == 0 and "4 done of 4" in purged.out, purged
    for event_id in (delivered, dead, under_way, pending):
        delivery = node.admin.delivery(event_id, "client")
        assert (delivery["state"], delivery["reason"]) == ("purged", "erased")
        assert all(attempt["response_excerpt"] is None for attempt in delivery["attempts"])
        assert node.admin.event(event_id)["headers"] == []
        body_answer = request(node.admin.address, "GET", f"/v1/events/{event_id}/body")
        assert body_answer.status == 404
    assert "4917012345" not in json.dumps(node.admin.get("/v1/jobs"))

    # A repeat is known, and opens nothing.
    for unit, event_id in (("pending", pending), ("dead", dead)):
        again = post(node.ingest, shop_event(unit, body=body))
        assert (again.status, again.event_id) == (202, event_id)
        assert again.json["status"] == "duplicate"
    sink.respond = lambda arrival: OK
    node.kill()
    node.start()
    node.admin.resume("client")
    eventually(lambda: node.admin.counts("client")["delivered"] == 1, 20, "the other one")
    assert len(sink.by_id[other]) >= 1 and len(sink.by_id[pending]) == 0
    assert len(sink.by_id[under_way]) == 1
    assert node.admin.counts("client")["purged"] == 4
    node.admin.audit()


def test_a_purge_by_key_takes_what_its_sender_called_it(node, sink):
    event_id = post(node.ingest, shop_event("one")).event_id
    post(node.ingest, shop_event("two"))
    eventually(lambda: node.admin.counts("client")["delivered"] == 2, 10, "delivered")
    purged = ask(node, "purge", "--source", "shop", "--key", "one", "--yes", "--wait", "--json")
    assert purged.code == 0 and json.loads(purged.out)["done"] == 1, purged
    assert node.admin.delivery(event_id, "client")["state"] == "purged"
    assert node.admin.counts("client")["purged"] == 1
    assert ask(node, "purge", "--key", "one", "--yes").code == 2
    assert ask(node, "purge", "--source", "nobody", "--key", "one", "--yes").code == 1
    node.admin.audit()


def test_a_drop_by_filter(node, sink):
    accept_dead(node, sink, 20)
    assert ask(node, "dead", "drop", "--destination", "client").code == 2
    assert node.admin.counts("client")["dead"] == 20
    dropped = ask(node, "dead", "drop", "--source", "shop", "--yes", "--wait")
    assert dropped.code == 0 and "20 done of 20" in dropped.out, dropped
    assert node.admin.counts("client")["purged"] == 20
    node.admin.audit()
