"""What a run measures with, and for how long."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Plan:
    spillway: Path
    round_trip: Path
    simulation: Path
    directory: Path        # on the file system to be measured
    rounds: int            # alternating, of which the median counts
    load_seconds: int      # of each round as fast as possible
    rate_seconds: int      # of a load at a constant rate
    neighbour_rounds: int  # the same for the healthy destination beside others
    neighbour_seconds: int
    pending: int           # deliveries
    outage_seconds: int
    seeds: int             # of the simulation
    kafka_rounds: int      # alternating, of which the median counts
    kafka_seconds: int     # of each load at a constant rate
    kafka_events: int      # that fail, and are handed over


def full(**where):
    return Plan(**where, rounds=3, load_seconds=4, rate_seconds=10, neighbour_rounds=5,
                neighbour_seconds=5, pending=1_000_000, outage_seconds=60, seeds=1000,
                kafka_rounds=3, kafka_seconds=5, kafka_events=30_000)


def quick(**where):
    return Plan(**where, rounds=1, load_seconds=1, rate_seconds=2, neighbour_rounds=1,
                neighbour_seconds=2, pending=100_000, outage_seconds=5, seeds=200,
                kafka_rounds=1, kafka_seconds=2, kafka_events=3000)
