"""What a destination's trouble does to its neighbour, and to itself once it is over."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from rig import configuration, load
from rig.gateway import Gateway
from rig.nginx import Nginx
from rig.process import Failed, Process, accepts, free_port, wait_until
from rig.report import Figure, at_most, beside

RATE = 200             # events per second
DEAD = 1000            # destinations
DEAD_PENDING = 10      # deliveries for each of them
GREY_SECONDS = 10      # below the time that an attempt has
GROWTH_MAX = 1.2
RECOVERY_SECONDS = 12  # from the destination's return until the last is delivered
RECOVERY_LIMIT = 90    # then the benchmark gives up
CONVERGED_SECONDS = 2  # for the gateway to say so, when nothing is pending any more
CONVERGENCE = "spillway_convergence_seconds"


def neighbours(plan):
    """A healthy destination alone, beside dead ones with deliveries waiting, and beside one that
    takes every request at the same rate and answers none, or each after a long time."""
    p99 = {"alone": [], "dead": [], "hanging": [], "grey": []}
    for number in range(plan.neighbour_rounds):
        directory = plan.directory / f"neighbours{number}"
        directory.mkdir()
        p99["alone"].append(_alone(plan, directory / "alone"))
        p99["dead"].append(_beside_dead(plan, directory / "dead"))
        p99["hanging"].append(_beside(plan, directory / "hanging", "--hang", 0))
        p99["grey"].append(_beside(plan, directory / "grey", f"--delay={GREY_SECONDS}s",
                                   GREY_SECONDS + 2))
    median = {kind: statistics.median(measured) * 1e3 for kind, measured in p99.items()}
    healthy = f"healthy destination at {RATE}/s, p99"
    return [Figure(f"{healthy}, alone", median["alone"], "ms"),
            *(beside(f"{healthy}, beside {others}", median[kind], "ms", "alone", median["alone"],
                     ratio_max=GROWTH_MAX)
              for kind, others in (("dead", f"{DEAD:,} dead ones"),
                                   ("hanging", f"one hanging at {RATE}/s"),
                                   ("grey", f"one answering after {GREY_SECONDS} s at {RATE}/s")))]


def _alone(plan, directory):
    sink_port = free_port()
    with Gateway(plan.spillway, directory,
                 configuration.one_destination(sink_port)) as gateway:
        return _p99(plan, gateway, sink_port)


def _beside_dead(plan, directory):
    sink_port, closed_port = free_port(), free_port()
    dead = {f"dead{number}": closed_port for number in range(DEAD)}
    with Gateway(plan.spillway, directory,
                 configuration.with_others(sink_port, dead)) as gateway:
        for _ in range(DEAD_PENDING):
            gateway.post("others")
        return _p99(plan, gateway, sink_port)


def _beside(plan, directory, misbehaviour, known_after):
    """`known_after` so many seconds of load the gateway can know how the other one is."""
    sink_port = free_port()
    with (BadSink(plan.spillway, directory.with_suffix(".log"), misbehaviour) as bad,
          Gateway(plan.spillway, directory,
                  configuration.with_others(sink_port, {"bad": bad.port})) as gateway,
          ThreadPoolExecutor(max_workers=1) as background):
        load_beside = background.submit(load.acks_at_rate, plan.round_trip, gateway.port,
                                        "/in/others", RATE,
                                        known_after + plan.neighbour_seconds + 1)
        time.sleep(known_after)
        p99 = _p99(plan, gateway, sink_port)
        load_beside.result()
        return p99


def _p99(plan, gateway, sink_port):
    return load.at_rate(plan.round_trip, gateway.port, "/in/durable", RATE,
                        plan.neighbour_seconds, sink_port)["delivery"]["p99"]


class BadSink(Process):
    """Reads requests, and answers as told or not at all."""

    def __init__(self, binary, log, misbehaviour):
        self.port = free_port()
        super().__init__([binary, "sink", f"--port={self.port}", misbehaviour], log)

    def wait_started(self):
        self.wait_for(lambda: accepts(self.port), "the sink accepts connections")


def outage(plan):
    """The destination fails under load, and comes back when its load has ended."""
    port = free_port()
    sink = Nginx(plan.directory / "failing", port=port)
    with Gateway(plan.spillway, plan.directory / "outage",
                 configuration.one_destination(port)) as gateway:
        with sink:
            load.acks_at_rate(plan.round_trip, gateway.port, "/in/durable", RATE, 2)
        load.acks_at_rate(plan.round_trip, gateway.port, "/in/durable", RATE,
                          plan.outage_seconds)
        waiting = gateway.deliveries()["pending"]
        with sink:
            began = time.monotonic()
            wait_until(lambda: gateway.deliveries()["pending"] == 0, RECOVERY_LIMIT,
                       "all that waited is delivered", pause=0.02)
            took = time.monotonic() - began
        converged = _converged(gateway)
    return [at_most(f"{plan.outage_seconds} s outage at {RATE}/s, {waiting:,} waiting: from the "
                    "return until the last is through", took, "s", RECOVERY_SECONDS,
                    beside=f"from the first success, own metric: {converged}")]


def _converged(gateway):
    try:
        wait_until(lambda: gateway.metrics().total(f"{CONVERGENCE}_count") > 0, CONVERGED_SECONDS,
                   "the gateway says that it has converged", pause=0.1)
    except Failed:
        return "nothing"
    return f"{gateway.metrics().total(f'{CONVERGENCE}_sum'):.3g} s"
