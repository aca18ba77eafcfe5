"""Events accepted durably and delivered, as fast as 64 connections can: how many, and at what
cost."""

import time
from dataclasses import dataclass

from rig import load
from rig.process import wait_until

DRAIN_SECONDS = 30


@dataclass
class Delivered:
    events: int
    seconds: float      # from the first post to the last delivery
    cpu_seconds: float  # of the gateway

    @property
    def per_second(self):
        return self.events / self.seconds

    @property
    def cpu_per_10_000(self):
        return self.cpu_seconds * 10_000 / self.events


def deliver(gateway, sink, load_seconds, destinations=None):
    """To one destination, or spread over so many; all of them are the sink. The gateway is asked
    nothing meanwhile: with many destinations its answer would be part of the cost."""
    taken_before = sink.requests()
    cpu_before = gateway.cpu_seconds()
    began = time.monotonic()
    posted = load.as_fast_as_possible(gateway.port, "/in/durable", load_seconds, destinations)
    taken = 0

    def all_taken():
        nonlocal taken
        taken = sink.requests() - taken_before
        return taken >= posted.requests
    wait_until(all_taken, DRAIN_SECONDS, "every acknowledged event is delivered")
    return Delivered(taken, seconds=time.monotonic() - began,
                     cpu_seconds=gateway.cpu_seconds() - cpu_before)
