"""Two nodes that share a Redis accept the same events: each is delivered by one of them, and by
both where Redis cannot say."""

import collections
import json
import threading

import pytest

from harness.http import post
from harness.lags import Lags, describe
from harness.loader import Loader
from harness.senders import shop_event, units_of
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

EVENTS = 300


def cluster_settings(sink, redis, **more):
    return settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")],
        redis={"url": redis.url, "secret": "the same on all nodes", "timeout": "50ms", **more})


@pytest.fixture
def make_pair(make_node, sink):
    def make(redis, expected_errors=(), **more):
        nodes = [make_node(cluster_settings(sink, redis, **more), expected_errors).start()
                 for _ in range(2)]
        for node in nodes:
            eventually(lambda: node.admin.metric("spillway_redis_up") == 1, 10, "Redis is there")
        return nodes

    return make


def send_to_both(nodes, prefix, count=EVENTS):
    """Every event to both nodes at about the same instant, as an upstream that subscribed twice."""
    loaders = [Loader(lambda node=node: node.ingest,
                      (shop_event(f"{prefix}-{number}") for number in range(count)),
                      connections=4).start() for node in nodes]
    for loader in loaders:
        loader.join(60)
        assert loader.statuses == {202: count}
        assert not loader.complaints
    return {f"{prefix}-{number}" for number in range(count)}


def arrived(sink):
    return collections.Counter(unit for arrival in list(sink.arrivals)
                               for unit in units_of(arrival.body))


def nothing_waits(nodes):
    return all(node.admin.counts("client")["pending"] == 0 for node in nodes)


def test_each_event_is_delivered_by_one_of_two_nodes(make_pair, make_redis, sink):
    nodes = make_pair(make_redis())
    units = send_to_both(nodes, "both")
    eventually(lambda: nothing_waits(nodes), 20, "nothing waits")
    seen = arrived(sink)
    counts = [node.admin.counts("client") for node in nodes]
    print(f"{EVENTS} events at both nodes: delivered {[c['delivered'] for c in counts]}, "
          f"superseded {[c['superseded'] for c in counts]}")
    assert seen == dict.fromkeys(units, 1)
    assert sum(count["delivered"] for count in counts) == EVENTS
    assert sum(count["superseded"] for count in counts) == EVENTS
    elsewhere = sum(node.admin.metric("spillway_duplicates_total", where="elsewhere")
                    for node in nodes)
    assert elsewhere == EVENTS
    for node in nodes:
        node.admin.audit()


def test_the_loser_says_where_the_event_went(make_pair, make_redis, sink):
    one, two = make_pair(make_redis())
    post(one.ingest, shop_event("once"))
    eventually(lambda: one.admin.counts("client")["delivered"] == 1, 5, "delivered by the first")
    lost = post(two.ingest, shop_event("once")).event_id
    eventually(lambda: two.admin.counts("client")["superseded"] == 1, 5, "superseded")
    delivery = two.admin.get(f"/v1/events/{lost}")["deliveries"][0]
    assert (delivery["state"], delivery["reason"]) == ("superseded", "duplicate_elsewhere")
    assert len(sink.arrivals) == 1
    # A person may want it all the same.
    two.admin.post(f"/v1/events/{lost}/replay")
    eventually(lambda: len(sink.arrivals) == 2, 5, "replayed")


def test_another_body_under_the_same_key_is_another_event(make_pair, make_redis, sink):
    one, two = make_pair(make_redis())
    post(one.ingest, shop_event("key", body=json.dumps({"id": "a"}).encode()))
    post(two.ingest, shop_event("key", body=json.dumps({"id": "b"}).encode()))
    eventually(lambda: nothing_waits((one, two)), 5, "nothing waits")
    assert arrived(sink) == {"a": 1, "b": 1}


def test_without_redis_everything_is_delivered_and_counted(make_pair, make_redis, sink):
    redis = make_redis()
    nodes = make_pair(redis, expected_errors={"redis.down"})
    redis.kill()
    units = send_to_both(nodes, "alone")
    eventually(lambda: nothing_waits(nodes), 20, "nothing waits")
    seen = arrived(sink)
    unclaimed = sum(node.admin.metric("spillway_claims_total", result="unavailable")
                    for node in nodes)
    print(f"Redis gone: {EVENTS} events at both nodes, {sum(seen.values())} arrivals, "
          f"unclaimed {unclaimed:.0f}")
    assert set(seen) == units
    assert unclaimed == sum(seen.values()) == 2 * EVENTS
    for node in nodes:
        assert node.admin.metric("spillway_redis_up") == 0
    # It is noticed when it is back, empty.
    redis.start()
    for node in nodes:
        eventually(lambda: node.admin.metric("spillway_redis_up") == 1, 10, "noticed")
    units = send_to_both(nodes, "again")
    eventually(lambda: nothing_waits(nodes), 20, "nothing waits")
    assert {unit: count for unit, count in arrived(sink).items() if unit in units} == \
        dict.fromkeys(units, 1)


def test_a_redis_that_hangs_delays_no_ack_and_hardly_a_delivery(make_pair, make_redis, sink):
    redis = make_redis()
    one, two = make_pair(redis, expected_errors={"redis.down"}, timeout="20ms")
    redis.freeze()
    events = Lags(shop_event(f"hanging-{number}") for number in range(400))
    loader = Loader(lambda: one.ingest, events, connections=4, rate=200).start()
    loader.join(30)
    eventually(lambda: nothing_waits((one, two)), 10, "nothing waits")
    lags = events.at(sink)
    print(f"Redis hangs: {describe(lags)}")
    assert loader.statuses == {202: 400}
    assert lags[2] < 1
    redis.thaw()
    eventually(lambda: one.admin.metric("spillway_redis_up") == 1, 10, "noticed")


def test_a_flush_in_between_loses_nothing(make_pair, make_redis, sink):
    redis = make_redis()
    nodes = make_pair(redis)
    done = threading.Event()

    def flush_now_and_then():
        while not done.wait(0.05):
            redis.flush()

    flusher = threading.Thread(target=flush_now_and_then)
    flusher.start()
    units = send_to_both(nodes, "flushed")
    done.set()
    flusher.join()
    eventually(lambda: nothing_waits(nodes), 20, "nothing waits")
    seen = arrived(sink)
    print(f"flushed: {EVENTS} events, {sum(seen.values())} arrivals")
    assert set(seen) == units


def test_sign_in_and_tls(make_pair, make_redis, sink):
    redis = make_redis(password="p@ss/word", tls=True)
    nodes = make_pair(redis, tls={"ca": str(redis.certificate.certificate)})
    units = send_to_both(nodes, "tls", count=50)
    eventually(lambda: nothing_waits(nodes), 20, "nothing waits")
    assert arrived(sink) == dict.fromkeys(units, 1)


def test_a_wrong_password_is_told_and_stops_nobody(make_node, make_redis, sink):
    redis = make_redis(password="right")
    config = cluster_settings(sink, redis)
    config["redis"]["url"] = redis.url.replace("right", "wrong")
    node = make_node(config, expected_errors={"redis.down"}).start()
    refused = node.log.wait_for("redis.down", 10)
    assert "WRONGPASS" in refused["error"]
    assert post(node.ingest, shop_event("all the same")).status == 202
    eventually(lambda: node.admin.counts("client")["delivered"] == 1, 5, "delivered")
    assert not any("wrong" in line.replace("WRONGPASS", "") for line in node.log.lines()
                   if "redis" in line)


def test_a_redis_that_evicts_is_told(make_node, make_redis, sink):
    redis = make_redis(maxmemory_policy="allkeys-lru")
    node = make_node(cluster_settings(sink, redis), expected_errors={"redis.evicts"}).start()
    node.log.wait_for("redis.evicts", 10)
    assert node.admin.metric("spillway_redis_evicts") == 1


def test_what_waits_across_a_crash_is_claimed_then(make_pair, make_redis, sink):
    """The claim stands between commit and first attempt: a crash in between forgets nothing."""
    one, two = make_pair(make_redis())
    one.admin.post("/v1/destinations/client/pause")
    for number in range(20):
        post(one.ingest, shop_event(f"crash-{number}"))
    one.kill()
    units = {f"crash-{number}" for number in range(20)}
    for unit in units:
        post(two.ingest, shop_event(unit))
    eventually(lambda: two.admin.counts("client")["delivered"] == 20, 10, "delivered by the other")
    one.start()
    one.admin.post("/v1/destinations/client/resume")
    eventually(lambda: one.admin.counts("client")["superseded"] == 20, 10,
               lambda: one.admin.counts("client"))
    assert arrived(sink) == dict.fromkeys(units, 1)
