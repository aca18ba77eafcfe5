"""No answer before the disk has it: the node runs on a disk whose syncs the test delays and breaks
(slow_disk.c, interposed)."""

import asyncio
import os
import time

import pytest

from harness.http import post, request
from harness.loader import Link
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

DELAY_SECONDS = 0.3
EXIT_OF_A_FAILED_JOURNAL = 70


class SlowDisk:
    def __init__(self, directory):
        self._delay, self._broken = directory / "delay", directory / "broken"
        self._journal = directory / "syncs"
        self.environment = {
            "LD_PRELOAD": os.environ["SLOW_DISK"], "SLOW_DISK_DELAY": str(self._delay),
            "SLOW_DISK_BROKEN": str(self._broken), "SLOW_DISK_JOURNAL": str(self._journal)}

    def slow(self):
        self._delay.write_text(f"{DELAY_SECONDS * 1000:.0f}")

    def fail(self):
        self._broken.touch()

    def heal(self):
        self._delay.unlink(missing_ok=True)
        self._broken.unlink(missing_ok=True)

    def syncs(self):
        """(began, ended) of each, on the monotonic clock."""
        return [tuple(map(float, line.split())) for line in self._journal.read_text().splitlines()]


@pytest.fixture
def disk(tmp_path):
    return SlowDisk(tmp_path)


def settings_for(sink, **source_options):
    return settings(sources={"shop": shop_source(**source_options)},
                    destinations={"client": destination(sink.url)},
                    routes=[route("shop", "client")])


async def timed(link, outgoing):
    began = time.monotonic()
    answer = await link.exchange(outgoing.wire())
    return began, time.monotonic(), answer


def in_a_sync(disk, began, answered):
    """Did a whole sync take place in between?"""
    return any(began <= start and end <= answered for start, end in disk.syncs())


def test_accepted_and_duplicate_are_both_answered_after_the_sync(make_node, sink, disk):
    node = make_node(settings_for(sink)).start(**disk.environment)
    disk.slow()

    async def both(unit):
        links = Link(lambda: node.ingest), Link(lambda: node.ingest)
        return await asyncio.gather(*(timed(link, shop_event(unit)) for link in links))

    for unit in ("first", "second", "third"):
        pair = asyncio.run(both(unit))
        assert sorted(answer.json["status"] for *_, answer in pair) == ["accepted", "duplicate"]
        for began, answered, answer in pair:
            print(f"{unit} {answer.json['status']}: answered after {answered - began:.3f} s")
            assert in_a_sync(disk, began, answered), (began, answered, disk.syncs()[-5:])
    disk.heal()
    assert node.admin.counts("client")["accepted"] == 3


def test_forwarding_does_not_start_before_the_sync_either(make_node, sink, disk):
    node = make_node(settings_for(sink)).start(**disk.environment)
    disk.slow()
    began = time.monotonic()
    assert post(node.ingest, shop_event("one")).status == 202
    (arrival,) = eventually(lambda: sink.arrivals, 5, "delivered")
    disk.heal()
    assert in_a_sync(disk, began, arrival.at)


def test_ack_memory_does_not_wait_and_says_so(make_node, sink, disk):
    node = make_node(settings_for(sink, ack="memory")).start(**disk.environment)
    # Answered behind what a start has the journal do: whatever is written waits for a sync that is
    # under way.
    node.admin.pause("client")
    disk.slow()
    began = time.monotonic()
    answer = post(node.ingest, shop_event("one"))
    took = time.monotonic() - began
    disk.heal()
    print(f"answered after {took:.3f} s")
    assert answer.status == 202 and answer.headers["spillway-durability"] == "memory"
    assert took < DELAY_SECONDS


def test_a_failed_sync_acks_nothing_and_ends_the_process(make_node, sink, disk):
    node = make_node(settings_for(sink), expected_errors={"journal.failed"})
    node.start(**disk.environment)
    assert post(node.ingest, shop_event("before")).status == 202
    disk.fail()
    with pytest.raises(OSError):  # the connection ends without an answer
        print(post(node.ingest, shop_event("failed")))
    assert node.wait() == EXIT_OF_A_FAILED_JOURNAL
    print(node.log.records("journal.failed"))
    assert node.log.records("journal.failed")
    disk.heal()
    node.start(**disk.environment)
    # Whatever became of the unanswered one, the sender's repeat makes it one event.
    assert post(node.ingest, shop_event("failed")).status == 202
    eventually(lambda: node.admin.counts("client")["delivered"] == 2, 10, "both delivered")
    node.admin.audit()


def test_a_stalled_disk_is_refused_in_time_and_readable(make_node, sink, disk):
    """While syncs stall, health answers and the admin API reads: only acknowledgements wait."""
    node = make_node(settings_for(sink)).start(**disk.environment)
    disk.slow()
    assert request(node.ingest, "GET", "/healthz").status == 200
    assert request(node.admin.address, "GET", "/v1/summary").status == 200
    disk.heal()
