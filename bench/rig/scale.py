"""What grows with the number of destinations, and with the number of deliveries that wait."""

import math
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass

from rig import configuration, load
from rig.delivering import deliver
from rig.gateway import Gateway
from rig.nginx import Nginx
from rig.process import free_port, wait_until
from rig.report import Figure, at_most, beside

DESTINATIONS = (10, 100, 1000, 10_000)
GROWTH_MAX = 1.2
BODY_BYTES = 256      # of each event that waits
QUIET_SECONDS = 20    # at most, until what the journal does in the background has ended
RAMP_SECONDS = (1, 2, 5)
RAMP_FIRST_RATE, RAMP_DOUBLING = 200, 0.25  # per second, seconds: delivery/slow_start.hpp
RAMP_SLACK = 1.2      # it counts in steps, and what was under way at a look counts after it
DRAIN_SECONDS = 60
TRICKLE = 5           # deliveries between two looks that are no drain yet: the ramp begins with 10


def destinations(plan):
    """What an event costs, the events spread over few destinations and over many."""
    cost = {count: [] for count in DESTINATIONS}
    with ExitStack() as stack:
        sink = stack.enter_context(Nginx(plan.directory / "spread"))
        gateways = {count: stack.enter_context(Gateway(
            plan.spillway, plan.directory / f"to{count}",
            configuration.by_content(count, sink.port))) for count in DESTINATIONS}
        for _ in range(plan.rounds):
            for count, gateway in gateways.items():
                delivered = deliver(gateway, sink, plan.load_seconds, count)
                cost[count].append(delivered.cpu_per_10_000)
    few, *more = DESTINATIONS
    least = statistics.median(cost[few])
    return [Figure(f"CPU per 10,000 events, {few} destinations", least, "s"),
            *(beside(f"CPU per 10,000 events, {count:,} destinations",
                     statistics.median(cost[count]), "s", f"{few} destinations", least,
                     ratio_max=GROWTH_MAX) for count in more)]


def pending(plan):
    """A million deliveries wait for a destination that is down: what they cost the others, in
    memory and at a restart; and how it goes when their destination is back."""
    others_port = free_port()
    with Nginx(plan.directory / "healthy") as healthy:
        gateway = Gateway(plan.spillway, plan.directory / "pending",
                          configuration.with_others(healthy.port, {"down": others_port}))
        with gateway:
            without = _cost(plan, gateway, healthy)
            load.fill(plan.spillway, gateway.port, "/in/others", plan.pending, BODY_BYTES)
            _wait_quiet(gateway)
            resident = gateway.resident_bytes() / 1e6
            with_them = _cost(plan, gateway, healthy)
            delivered = gateway.deliveries()["delivered"]
        with Nginx(plan.directory / "back", port=others_port):
            return [beside(f"CPU per 10,000 events, {plan.pending:,} pending", with_them, "s",
                           "0 pending", without, ratio_max=GROWTH_MAX),
                    at_most(f"memory, {plan.pending:,} pending", resident, "MB", 300),
                    *_restart(plan, gateway, delivered)]


def _cost(plan, gateway, sink):
    return statistics.median(deliver(gateway, sink, plan.load_seconds).cpu_per_10_000
                             for _ in range(plan.rounds))


def _wait_quiet(gateway):
    def is_quiet():
        before = gateway.cpu_seconds()
        time.sleep(0.5)
        return gateway.cpu_seconds() - before < 0.02
    wait_until(is_quiet, QUIET_SECONDS, "the gateway has nothing left to do")


def _restart(plan, gateway, delivered_before):
    """With the destination back, so that the drain begins at once."""
    part = plan.pending // 10
    began = time.monotonic()
    with gateway:
        gateway.post()
        first_ack = time.monotonic() - began
        drain = _watch_drain(gateway, Progress(began, delivered_before), part)
        resident = gateway.resident_bytes_max() / 1e6
    ramp = [_ramp_figure(second, drain)
            for second in RAMP_SECONDS if second <= drain[-1].at - drain[0].at]
    return [at_most(f"start to first ack, {plan.pending:,} pending", first_ack, "s", 3), *ramp,
            Figure(f"start until {part:,} of them are delivered", drain[-1].at - began, "s"),
            at_most("memory since the start, at most", resident, "MB", 300)]


@dataclass
class Progress:
    at: float
    delivered: int


def _watch_drain(gateway, before, until_delivered):
    """From the last look before the ramp: until then what was posted is delivered, and a probe."""
    drain = [before]

    def look():
        now = Progress(time.monotonic(), gateway.deliveries()["delivered"])
        if now.delivered - drain[0].delivered <= TRICKLE:
            drain.clear()
        drain.append(now)
        return now.delivered - before.delivered >= until_delivered
    wait_until(look, DRAIN_SECONDS, f"{until_delivered} are delivered", pause=0.05)
    return drain


def _ramp_figure(second, drain):
    """Between the looks that come next after that second's beginning and its end. The ramp began
    after the first look of all, so in the first second it allows no more than from there on."""
    first, last = (next(progress for progress in drain if progress.at - drain[0].at >= passed)
                   for passed in (second - 1, second))
    name = f"after it, deliveries in second {second}"
    took = last.at - first.at
    rate = (last.delivered - first.delivered) / took
    if first is not drain[0]:
        return Figure(name, rate, "/s")
    return at_most(name, rate, "/s", RAMP_SLACK * _ramp_allows(took) / took)


def _ramp_allows(seconds):
    growth = math.log(2) / RAMP_DOUBLING
    return RAMP_FIRST_RATE * math.expm1(growth * seconds) / growth
