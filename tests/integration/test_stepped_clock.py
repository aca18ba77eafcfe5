"""A system clock that steps by a day, either way, is not believed: what is kept, waits or is
remembered by time stays, and deliveries go on (docs/correctness.md 11). The process sees clocks
that the test steps (stepped_clocks.c, interposed)."""

import os
import struct

import pytest

from harness.http import post, request
from harness.loader import Loader
from harness.oracle import judge
from harness.senders import shop_event, shop_events
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

HOUR, DAY = 3600, 24 * 3600
RATE = 100
WAITING = 10  # events for destinations that do not take them
# Longer than time passes during a step, and shorter than a step.
LIMIT, LIMIT_SECONDS = "12h", 12 * HOUR
NOTICED_SECONDS = 5  # the clock is looked at once a second


class Clocks:
    """How far the process's clocks are ahead of the machine's, in seconds."""

    def __init__(self, directory):
        self._path = directory / "clocks"
        self.wall = self.monotonic = 0
        self._write(0, 0)
        self.environment = {"LD_PRELOAD": os.environ["STEPPED_CLOCKS"],
                            "STEPPED_CLOCKS_FILE": str(self._path)}

    def step(self, seconds):
        """Somebody sets the system clock."""
        self._write(self.wall + seconds, self.monotonic)

    def pass_time(self, seconds):
        """It is later, by either clock."""
        self._write(self.wall + seconds, self.monotonic + seconds)

    def _write(self, wall, monotonic):
        self.wall, self.monotonic = wall, monotonic
        with open(self._path, "r+b" if self._path.exists() else "wb") as file:  # it is mapped
            file.write(struct.pack("qq", wall, monotonic))


@pytest.fixture
def clocks(tmp_path):
    return Clocks(tmp_path)


@pytest.fixture
def reluctant(make_sink):
    """A sink that is well and takes nothing. Time may pass while it is asked."""
    sink = make_sink()
    sink.respond = lambda arrival: Reply(404)
    sink.tolerance_seconds = 2 * DAY
    return sink


def settings_for(sink, reluctant):
    """Two destinations take nothing: for one the events expire, for the other they become dead."""
    waits = {"schedule": ["100ms"], "then_every": "100ms", "jitter": 0}
    return settings(
        sources={"shop": shop_source(dedup={"window": LIMIT}, keep_headers=["X-For"])},
        destinations={"client": destination(sink.url),
                      "expiring": destination(reluctant.url, ttl=LIMIT, retry=waits),
                      "dying": destination(reluctant.url, retry=waits | {"give_up_after": LIMIT})},
        routes=[route("shop", "expiring", "dying", when=[{"header": "X-For", "exists": True}]),
                route("shop", "client", otherwise=True)],
        retention={"delivered": "1m"})


def accept(node, unit, *headers):
    answer = post(node.ingest, shop_event(unit, *headers))
    assert answer.status == 202, answer
    return answer.event_id


def accept_waiting(node):
    for number in range(WAITING):
        accept(node, f"waiting-{number}", ("X-For", "the reluctant"))


def repeat(node, unit, event_id):
    again = post(node.ingest, shop_event(unit))
    assert (again.json["status"], again.event_id) == ("duplicate", event_id)


def wait_for_look(node, clocks):
    """Until the node has found out how far the clocks are apart."""
    apart = clocks.wall - clocks.monotonic
    eventually(lambda: abs(node.admin.metric("spillway_clock_offset_seconds") - apart) < 60,
               NOTICED_SECONDS, f"a look at clocks that are {apart} s apart")


def pass_time(node, clocks, seconds):
    """It is that much later, and what the node does once a minute was done: it comes with a look at
    the clocks, and here come two."""
    clocks.pass_time(seconds)
    for further in (100, -100):
        clocks.step(further)
        wait_for_look(node, clocks)


def is_known(node, event_id):
    return request(node.admin.address, "GET", f"/v1/events/{event_id}").status == 200


def assert_all_waiting(node):
    for name in ("expiring", "dying"):
        assert node.admin.counts(name)["pending"] == WAITING, (name, node.admin.counts(name))


@pytest.mark.parametrize("step", [DAY, -DAY], ids=["forward", "back"])
def test_a_step_of_a_day_ends_nothing_before_its_time(make_node, sink, reluctant, clocks, step):
    node = make_node(settings_for(sink, reluctant), expected_errors={"clock.stepped"})
    node.start(**clocks.environment)
    accept_waiting(node)
    loader = Loader(lambda: node.ingest, shop_events("order"), connections=4, repeat_share=0.2,
                    rate=RATE).start()
    eventually(lambda: len(sink.by_id) >= RATE // 2, 10, "events flow")
    before = len(loader.acks)
    clocks.step(step)
    wait_for_look(node, clocks)
    assert node.admin.metric("spillway_clock_stepped") == 1
    complaint = node.log.wait_for("clock.stepped", 5)
    assert len(node.log.records("clock.stepped")) == 1
    assert abs(complaint["offset_seconds"] - step) < 60
    told = len(loader.acks)
    eventually(lambda: len(loader.acks) >= told + RATE // 2, 10, "events still flow")
    loader.finish()
    accepted = len(loader.acks)
    eventually(lambda: node.admin.counts("client")["delivered"] == accepted, 10,
               lambda: node.admin.counts("client"))
    judgement = judge(loader.acked_units(), sink)
    print(f"{before} accepted before, {accepted - before} after the step; {judgement}; {complaint}")
    assert judgement.innocent() and judgement.repeats == 0 and not loader.complaints

    first = loader.acks[0]
    pass_time(node, clocks, 3 * HOUR)
    assert is_known(node, first.event_id)  # though its retention is over: nobody knows the time
    repeat(node, *first.units, first.event_id)
    assert_all_waiting(node)

    clocks.step(-step)
    wait_for_look(node, clocks)
    assert node.admin.metric("spillway_clock_stepped") == 0
    assert len(node.log.records("clock.agrees")) == 1
    pass_time(node, clocks, LIMIT_SECONDS)  # and now everything ends that has its time
    eventually(lambda: node.admin.counts("expiring")["expired"] == WAITING, 10, "expired")
    eventually(lambda: node.admin.counts("dying")["dead"] == WAITING, 10, "given up on")
    eventually(lambda: not is_known(node, first.event_id), 10, "history retired")
    node.admin.audit()


def test_a_clock_set_back_over_a_restart_forgets_no_key_and_loses_nothing(make_node, sink,
                                                                          reluctant, clocks):
    sink.tolerance_seconds = 2 * DAY  # by which clock it signs is not asked here
    node = make_node(settings_for(sink, reluctant)).start(**clocks.environment)
    accept_waiting(node)
    first = {f"first-{number}": accept(node, f"first-{number}") for number in range(20)}
    eventually(lambda: node.admin.counts("client")["delivered"] == 20, 10, "delivered before")
    node.stop()
    clocks.step(-DAY)
    node.start(**clocks.environment)
    for unit, event_id in first.items():
        repeat(node, unit, event_id)
    second = {f"second-{number}": accept(node, f"second-{number}") for number in range(20)}
    eventually(lambda: node.admin.counts("client")["delivered"] == 40, 10,
               lambda: node.admin.counts("client"))
    assert set(sink.by_id) == {*first.values(), *second.values()} and len(sink.arrivals) == 40
    assert_all_waiting(node)
    assert node.admin.metric("spillway_clock_stepped") == 0
    node.admin.audit()
