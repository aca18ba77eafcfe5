"""kill -9 under load, and proof that the oracle would notice a loss."""

import random
import shutil

import pytest

from harness import cli
from harness.http import post
from harness.loader import Loader
from harness.oracle import judge
from harness.senders import shop_event, shop_events, whatsapp_traffic
from harness.settings import (
    CLIENT_APP_SECRET,
    destination,
    route,
    settings,
    shop_source,
    whatsapp_source,
)
from harness.sink import HANG, OK, Reply
from harness.waiting import eventually

KILLS = 10
DRAIN_SECONDS = 60


def two_source_settings(sink):
    return settings(
        sources={"shop": shop_source(), "waba": whatsapp_source()},
        destinations={"client": destination(sink.url, sign=["standard", "meta"],
                                            meta_secret=CLIENT_APP_SECRET)},
        routes=[route("shop", "client"), route("waba", "client")])


def drain(node):
    eventually(lambda: node.admin.counts("client")["pending"] == 0, DRAIN_SECONDS,
               lambda: f"drained: {node.admin.counts('client')}")


def prove_books_of_stopped(node):
    node.stop()
    audit = cli.run(node.binary, "audit", "--data-dir", node.data_dir)
    assert audit.code == 0, audit
    return audit.out


def start_next_life(node, sink, loaders):
    # What the dead process had sent is read before anything of the next life can arrive.
    eventually(lambda: sink.connections == 0, 10, "the sink saw the end of all connections")
    sink.life += 1
    for loader in loaders:
        loader.life += 1
    node.start()


def test_attempts_that_a_crash_cut_off_are_counted_as_repeats(make_node, sink):
    sink.respond = lambda arrival: OK if sink.life else HANG
    node = make_node(two_source_settings(sink)).start()
    assert node.admin.metric("spillway_duplicates_total", where="crash") == 0
    for number in range(5):
        assert post(node.ingest, shop_event(f"order-{number}")).status == 202
    eventually(lambda: len(sink.arrivals) == 5, 10, "all are under way")
    node.kill()
    start_next_life(node, sink, [])
    assert node.admin.metric("spillway_duplicates_total", where="crash") == 5
    drain(node)
    assert all(len(arrivals) == 2 for arrivals in sink.by_id.values())

    sink.respond = lambda arrival: Reply(500)
    assert post(node.ingest, shop_event("order-5")).status == 202
    node.stop()
    node.start()
    assert node.admin.counts("client")["pending"] == 1
    assert node.admin.metric("spillway_duplicates_total", where="crash") == 0


def test_no_acked_event_is_lost_by_kills_under_load(make_node, make_sink):
    seed = random.randrange(1 << 32)
    rng = random.Random(seed)
    print(f"seed {seed}")
    sink = make_sink(meta_secret=CLIENT_APP_SECRET)
    node = make_node(two_source_settings(sink)).start()
    loaders = [Loader(lambda: node.ingest, requests, connections=6, repeat_share=0.1, seed=seed)
               .start() for requests in (shop_events("order"), whatsapp_traffic("load", rng))]

    def acked():
        return sum(len(loader.acks) for loader in loaders)

    lives = []
    for _ in range(KILLS):
        before = acked()
        target = before + rng.randrange(20, 300)
        eventually(lambda: acked() >= target, 60, lambda: f"{acked()} of {target} acks")
        node.kill()
        lives.append(acked() - before)
        start_next_life(node, sink, loaders)
    for loader in loaders:
        loader.finish()
    drain(node)

    units = set.union(*(loader.acked_units() for loader in loaders))
    judgement = judge(units, sink)
    report = node.admin.audit()
    cut_off = sum(loader.broken for loader in loaders)
    print(f"acks in each life {lives}; exchanges cut off {cut_off}")
    print(judgement)
    print(f"books {report['destinations']['client']}, scanned {report['scan']}")
    print(f"last start {node.started_in:.3f} s")
    assert not [complaint for loader in loaders for complaint in loader.complaints]
    assert cut_off > 0  # the kills did hit requests
    assert judgement.innocent(), judgement
    # Nothing is invented either: what arrived is what was sent, and the books hold just that.
    assert judgement.delivered == len(units)
    counts = report["destinations"]["client"]
    assert counts["delivered"] == counts["accepted"] == len(sink.by_id) == len(units)
    # A repeat needs an outcome that was not on disk: at most what one life had open at its end.
    assert judgement.repeats <= KILLS * 1000
    print(prove_books_of_stopped(node))


def test_events_waiting_when_killed_are_delivered_by_the_next_life(make_node, sink):
    node = make_node(two_source_settings(sink)).start()
    sink.down()
    units = [f"waiting-{number}" for number in range(300)]
    for unit in units:
        assert post(node.ingest, shop_event(unit)).status == 202
    node.kill()
    node.start()
    assert node.admin.counts("client")["pending"] == len(units)
    sink.up()
    drain(node)
    judgement = judge(set(units), sink)
    print(judgement)
    assert judgement.innocent() and judgement.delivered == len(units)


def test_oracle_notices_what_a_lying_disk_forgot(make_node, sink):
    """The journal is put back to what it was 200 acknowledged events ago, as if the disk had only
    pretended to write them. If the oracle acquitted this, the tests above would prove nothing."""
    node = make_node(two_source_settings(sink)).start()
    sink.down()
    kept = {f"kept-{number}" for number in range(100)}
    for unit in kept:
        assert post(node.ingest, shop_event(unit)).status == 202
    node.kill()
    earlier = shutil.copytree(node.data_dir, node.directory / "earlier")
    node.start()
    forgotten = {f"forgotten-{number}" for number in range(200)}
    for unit in forgotten:
        assert post(node.ingest, shop_event(unit)).status == 202
    node.kill()
    shutil.rmtree(node.data_dir)
    earlier.rename(node.data_dir)
    node.start()
    sink.up()
    drain(node)
    judgement = judge(kept | forgotten, sink)
    print(judgement)
    assert not judgement.innocent()
    assert judgement.lost == forgotten
    assert judgement.delivered == len(kept)


@pytest.mark.parametrize("ids", [("a", "b"), ("a", "a")], ids=["two events", "a repeat"])
def test_oracle_notices_a_double(make_sink, ids):
    """What a node must never do within one life, done by hand."""
    sink = make_sink()
    for event_id in ids:
        post(("127.0.0.1", sink.port),
             shop_event("one", ("webhook-id", event_id), ("webhook-timestamp", "0")))
    judgement = judge({"one"}, sink)
    print(judgement)
    assert not judgement.innocent() and not judgement.lost
    sink.complaints.clear()  # nobody signed these
