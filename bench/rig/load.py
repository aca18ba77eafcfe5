"""The two loads: as fast as answers come (wrk), and at a constant rate (spillway_round_trip)."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rig.process import Failed

CONNECTIONS = 64
SCRIPT = Path(__file__).parent.parent / "post.lua"


@dataclass
class Posted:
    requests: int
    per_second: float


def as_fast_as_possible(port, path, seconds):
    """Every answer must be a 2xx."""
    result = _json_of(["wrk", f"--threads={len(os.sched_getaffinity(0))}",
                       f"--connections={CONNECTIONS}", f"--duration={seconds}s",
                       f"--script={SCRIPT}", f"http://127.0.0.1:{port}{path}"], seconds)
    if result["refused"] or result["broken"]:
        raise Failed(f"{path}: {result['refused']} requests were refused and {result['broken']} "
                     f"broke of {result['requests']}; a figure for that would mean nothing")
    return Posted(result["requests"], result["requests"] / result["seconds"])


def at_rate(binary, port, path, rate, seconds, sink_port):
    """Latencies of acks and deliveries, counted from when each event was due."""
    result = _json_of([binary, f"--port={port}", f"--path={path}", f"--rate={rate}",
                       f"--seconds={seconds}", f"--listen={sink_port}"], seconds)
    for kind in ("ack", "delivery"):
        if result["refused"] or result[kind]["count"] != result["events"]:
            raise Failed(f"at {rate}/s: of {result['events']} events {result['refused']} were "
                         f"refused and {result[kind]['count']} had their {kind}")
    return result


def _json_of(command, seconds):
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return json.loads(done.stdout.splitlines()[-1])
