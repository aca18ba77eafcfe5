"""The disk budget: refused before accepting, nothing dropped after, history goes early."""

import time

import pytest

from harness.disk_watch import DiskWatch
from harness.http import post
from harness.loader import Loader
from harness.oracle import judge
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

BODY_BYTES = 1 << 20
BUDGET_BYTES = 256 << 20
SLACK = 1.1
FULL_SECONDS = 3  # refused for so long, it is full


def post_until_refused(node, prefix):
    """The units accepted, and the refusal that stays: while files are rewritten there is less room
    for a moment, and a sender tries again."""
    units = []
    while len(units) * BODY_BYTES < 2 * BUDGET_BYTES:
        outgoing = shop_event(f"{prefix}-{len(units)}", padding=BODY_BYTES)
        give_up = time.monotonic() + FULL_SECONDS
        while (answer := post(node.ingest, outgoing)).status != 202:
            assert answer.status == 503, answer
            if time.monotonic() > give_up:
                return units, answer
        units.append(outgoing.units[0])
    raise AssertionError("twice the budget was accepted")


def test_a_full_disk_refuses_before_accepting_and_loses_nothing(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source(limits={"body": "4MiB"})},
        destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")], disk_budget="256MiB"),
        expected_errors={"disk.full"}).start()
    sink.down()
    with DiskWatch(node.data_dir / "journal") as disk:
        waiting, refusal = post_until_refused(node, "waiting")
    print(f"accepted {len(waiting)} bodies of 1 MiB into 256 MiB, then {refusal.status} with "
          f"Retry-After {refusal.headers.get('retry-after')}: {refusal.json['detail']}")
    assert refusal.status == 503 and refusal.is_problem()
    assert int(refusal.headers["retry-after"]) >= 1
    assert len(waiting) > 100
    assert disk.largest <= BUDGET_BYTES * SLACK
    assert node.admin.counts("client")["pending"] == len(waiting)
    full_bytes = node.admin.get("/v1/summary")["journal_bytes"]

    sink.up()
    eventually(lambda: node.admin.counts("client")["delivered"] == len(waiting), 60,
               lambda: node.admin.counts("client"))
    judgement = judge(set(waiting), sink)
    print(judgement)
    assert judgement.innocent() and judgement.delivered == len(waiting)

    # Nothing waits any more, so history makes room: as much again can follow.
    accepting = node.log.wait_for("disk.accepting", 30)
    following = []
    while len(following) < len(waiting):
        outgoing = shop_event(f"follows-{len(following)}", padding=BODY_BYTES)
        eventually(lambda: post(node.ingest, outgoing).status == 202, 30, "room for the next")
        following.append(outgoing.units[0])
    reclaimed = node.admin.metric("spillway_retired_early_total")
    print(f"{full_bytes / 1e6:.0f} MB when full, accepting again at "
          f"{accepting['used_bytes'] / 1e6:.0f} MB, {reclaimed:.0f} deliveries reclaimed early")
    assert reclaimed > 0
    everything = len(waiting) + len(following)
    eventually(lambda: len(sink.by_id) == everything, 30, "delivered")
    eventually(lambda: node.admin.audit()["destinations"]["client"]["delivered"] == everything, 10,
               lambda: node.admin.audit())


@pytest.mark.parametrize("connections", [2, 32])
def test_history_makes_room_beside_what_waits(make_node, make_sink, connections):
    """More than twice the budget flows to one destination; another, that is gone, keeps its share.
    The directory never takes more than its budget and a small slack, also while it is compacted."""
    waiting, flowing = 60, 560  # bodies of 1 MiB, into 256 MiB
    gone, well = make_sink(), make_sink()
    gone.down()
    node = make_node(settings(
        sources={"shop": shop_source(limits={"body": "4MiB"})},
        destinations={"gone": destination(gone.url), "well": destination(well.url)},
        routes=[route("shop", "gone", when=[{"header": "X-To", "equals": "gone"}]),
                route("shop", "well", otherwise=True)], disk_budget="256MiB"),
        expected_errors={"disk.full"}).start()
    to_gone = [f"waits-{number}" for number in range(waiting)]
    flow = (shop_event(f"flows-{number}", padding=BODY_BYTES) for number in range(flowing))
    with DiskWatch(node.data_dir / "journal") as disk:
        for unit in to_gone:
            outgoing = shop_event(unit, ("X-To", "gone"), padding=BODY_BYTES)
            assert post(node.ingest, outgoing).status == 202
        # Senders that never wait: whenever there is no room they are refused, and try again.
        loader = Loader(lambda: node.ingest, flow, connections=connections).start()
        loader.join(120)
        eventually(lambda: node.admin.counts("well")["delivered"] == flowing, 20, "all delivered")
        assert node.admin.counts("gone")["pending"] == waiting
        gone.up()
        eventually(lambda: node.admin.counts("gone")["delivered"] == waiting, 30,
                   lambda: node.admin.counts("gone"))
    print(f"{connections} connections: answers {dict(loader.statuses)}; "
          f"at most {disk.largest / BUDGET_BYTES:.0%} of the budget on disk, "
          f"{node.admin.metric('spillway_retired_early_total'):.0f} deliveries reclaimed early")
    assert disk.largest <= BUDGET_BYTES * SLACK
    assert not loader.complaints
    for units, sink in ((set(to_gone), gone), (loader.acked_units(), well)):
        judgement = judge(units, sink)
        print(judgement)
        assert judgement.innocent() and judgement.delivered == len(units)
    node.admin.audit()
