"""What one destination gets, and what an idle gateway takes. Each measurement starts what it needs
afresh, and returns figures beside what limits them or does part of the same work, measured in the
same minutes."""

import statistics
import time

from rig import disk, load
from rig.configuration import one_destination
from rig.delivering import deliver
from rig.gateway import Gateway, quantile
from rig.nginx import Nginx
from rig.process import free_port
from rig.report import Figure, at_least, at_most, beside

ACK_RATE = 500        # events per second
DELIVERY_RATE = 1000
IDLE_SECONDS = 1      # from the first ack to the look at the idle gateway's memory
LAG = "spillway_delivery_lag_seconds"


def at_rest(plan):
    """Start to first ack, and memory."""
    starts, resident = [], []
    for number in range(plan.rounds):
        began = time.monotonic()
        with Gateway(plan.spillway, plan.directory / f"rest{number}",
                     one_destination(free_port())) as gateway:
            gateway.post()
            starts.append(time.monotonic() - began)
            time.sleep(IDLE_SECONDS)
            resident.append(gateway.resident_bytes() / 1e6)
    return [at_most("start to first ack, empty", statistics.median(starts), "s", 0.3),
            at_most("memory, idle", statistics.median(resident), "MB", 40)]


def ack_throughput(plan):
    """As fast as 64 connections can, the destination paused."""
    rates = {"nginx": [], "durable": [], "memory": []}
    with (Nginx(plan.directory / "peer") as nginx,
          Gateway(plan.spillway, plan.directory / "throughput",
                  one_destination(free_port())) as gateway):
        gateway.pause()
        for _ in range(plan.rounds):
            for kind, port, path in (("nginx", nginx.port, "/"),
                                     ("durable", gateway.port, "/in/durable"),
                                     ("memory", gateway.port, "/in/memory")):
                posted = load.as_fast_as_possible(port, path, plan.load_seconds)
                rates[kind].append(posted.per_second)
    median = {kind: statistics.median(measured) for kind, measured in rates.items()}
    return [beside("durable acks, destination paused", median["durable"], "/s",
                   "nginx return 200", median["nginx"], ratio_min=0.5),
            beside("acks with ack: memory", median["memory"], "/s",
                   "nginx return 200", median["nginx"], ratio_min=0.7)]


def ack_latency(plan):
    """Durable acks at a constant rate beside bare syncs at that rate."""
    half = plan.rate_seconds / 2
    syncs = disk.fdatasync_latencies(plan.directory, ACK_RATE, half)
    sink_port = free_port()
    with Gateway(plan.spillway, plan.directory / "latency", one_destination(sink_port)) as gateway:
        ack = load.at_rate(plan.round_trip, gateway.port, "/in/durable", ACK_RATE,
                           plan.rate_seconds, sink_port)["ack"]
    syncs += disk.fdatasync_latencies(plan.directory, ACK_RATE, half)
    return [beside(f"durable ack at {ACK_RATE}/s, {name}", ack[name] * 1e3, "ms",
                   "one fdatasync", disk.quantile(syncs, share) * 1e3, ratio_max=2)
            for name, share in (("p50", 0.5), ("p99", 0.99))]


def delivery_latency(plan):
    """Seen from outside, from when the event was due to the destination's having it; and by the
    gateway, from acceptance to the destination's answer."""
    sink_port = free_port()
    with Gateway(plan.spillway, plan.directory / "delivery", one_destination(sink_port)) as gateway:
        before = gateway.metrics()
        seen = load.at_rate(plan.round_trip, gateway.port, "/in/durable", DELIVERY_RATE,
                            plan.rate_seconds, sink_port)["delivery"]
        after = gateway.metrics()
    figures = []
    for name, share, limit in (("p50", 0.5, 2), ("p99", 0.99, 10)):
        own = quantile(before, after, LAG, share) * 1e3
        figures.append(at_most(f"sent → at destination, {DELIVERY_RATE}/s, {name}",
                               seen[name] * 1e3, "ms", limit,
                               beside=f"accepted → delivered, own metric: {own:.3g} ms"))
    return figures


def end_to_end(plan):
    """Accepted durably and delivered, as fast as 64 connections can; from the first post to the
    last delivery. The peer forwards without keeping anything."""
    forwarded, delivered, cpu = [], [], []
    with (Nginx(plan.directory / "sink") as sink,
          Nginx(plan.directory / "proxy", sink) as proxy,
          Gateway(plan.spillway, plan.directory / "end_to_end",
                  one_destination(sink.port)) as gateway):
        for _ in range(plan.rounds):
            forwarded.append(
                load.as_fast_as_possible(proxy.port, "/forward", plan.load_seconds).per_second)
            done = deliver(gateway, sink, plan.load_seconds)
            delivered.append(done.per_second)
            cpu.append(done.cpu_per_10_000)
    peer = statistics.median(forwarded)
    rate = statistics.median(delivered)
    return [at_least("delivered end to end, durable", rate, "/s", 10_000, ratio=rate / peer,
                     beside=f"nginx proxy_pass: {peer:,.0f} /s"),
            at_most("CPU per 10,000 events", statistics.median(cpu), "s", 1.0)]
