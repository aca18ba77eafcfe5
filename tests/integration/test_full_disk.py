"""A file system with no room left, however it came to that (full_disk.c, interposed): the process
ends and gives its ballast back, the next one drains, and takes events again when there is room."""

import os

import pytest

from harness.http import post
from harness.oracle import judge
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

EXIT_OF_A_FAILED_JOURNAL = 70
BALLAST_BYTES = 64 << 20
EVENTS = 60


class SmallDisk:
    def __init__(self, directory):
        self.directory = directory
        self._capacity = directory.parent / "capacity"
        self.environment = {"LD_PRELOAD": os.environ["FULL_DISK"],
                            "FULL_DISK_DIRECTORY": str(directory),
                            "FULL_DISK_CAPACITY": str(self._capacity)}

    def hold(self, capacity):
        # In one step: the process may be reading it.
        following = self._capacity.with_suffix(".next")
        following.write_text(str(capacity))
        following.replace(self._capacity)

    def used(self):
        return sum(path.stat().st_size for path in self.directory.rglob("*") if path.is_file())


def test_a_full_file_system_ends_in_drain_mode_and_heals(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")]),
        expected_errors={"disk.full", "journal.failed", "journal.log_not_sealed"})
    ballast = node.data_dir / "ballast"
    disk = SmallDisk(node.data_dir)
    disk.hold(1 << 30)
    node.start(**disk.environment)
    assert ballast.stat().st_size == BALLAST_BYTES
    sink.down()
    units = [f"waits-{number}" for number in range(EVENTS)]
    for unit in units:
        assert post(node.ingest, shop_event(unit, padding=64 << 10)).status == 202

    # Somebody else takes what was left. The next outcome cannot be written.
    disk.hold(disk.used())
    assert node.wait() == EXIT_OF_A_FAILED_JOURNAL
    print(node.log.records("journal.failed"))
    assert not ballast.exists()

    # There is room to open the journal, but none for another ballast.
    node.start(**disk.environment)
    assert node.log.records("disk.full") and not ballast.exists()
    refusal = post(node.ingest, shop_event("refused"))
    assert refusal.status == 503 and refusal.is_problem()
    sink.up()
    eventually(lambda: node.admin.counts("client")["delivered"] == EVENTS, 30,
               lambda: node.admin.counts("client"))
    assert post(node.ingest, shop_event("refused")).status == 503
    assert not ballast.exists()

    disk.hold(1 << 30)
    node.log.wait_for("disk.recovered", 10)
    assert ballast.stat().st_size == BALLAST_BYTES
    eventually(lambda: post(node.ingest, shop_event("after")).status == 202, 10, "accepted")
    eventually(lambda: node.admin.counts("client")["delivered"] == EVENTS + 1, 10, "delivered")
    judgement = judge({*units, "after"}, sink)
    print(judgement)
    assert judgement.delivered == EVENTS + 1 and judgement.innocent()
    node.admin.audit()
