"""The two loads: as fast as answers come (wrk), and at a constant rate (spillway_round_trip)."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rig.process import Failed

CONNECTIONS = 64
SCRIPTS = Path(__file__).parent.parent
FILL_SECONDS = 120


@dataclass
class Posted:
    requests: int
    per_second: float


def as_fast_as_possible(port, path, seconds, destinations=None):
    """Every answer must be a 2xx. Each body names one of so many destinations, if it is said."""
    script, arguments = ("spread.lua", ["--", destinations]) if destinations else ("post.lua", [])
    result = _json_of(["wrk", f"--threads={len(os.sched_getaffinity(0))}",
                       f"--connections={CONNECTIONS}", f"--duration={seconds}s",
                       f"--script={SCRIPTS / script}", f"http://127.0.0.1:{port}{path}",
                       *arguments], seconds)
    if result["refused"] or result["broken"]:
        raise Failed(f"{path}: {result['refused']} requests were refused and {result['broken']} "
                     f"broke of {result['requests']}; a figure for that would mean nothing")
    return Posted(result["requests"], result["requests"] / result["seconds"])


def at_rate(binary, port, path, rate, seconds, sink_port):
    """Latencies of acks and deliveries, counted from when each event was due."""
    command = _at_rate_command(binary, port, path, rate, seconds)
    result = _json_of([*command, f"--listen={sink_port}"], seconds)
    for kind in ("ack", "delivery"):
        if result["refused"] or result[kind]["count"] != result["events"]:
            raise Failed(f"at {rate}/s: of {result['events']} events {result['refused']} were "
                         f"refused and {result[kind]['count']} had their {kind}")
    return result


def acks_at_rate(binary, port, path, rate, seconds, warm_up=0):
    """Every event must be acked; what becomes of it is another's concern. Latencies of acks,
    without those of the seconds before."""
    result = _json_of([*_at_rate_command(binary, port, path, rate, seconds),
                       f"--warm-up={warm_up}"], seconds)
    if result["refused"] or result["ack"]["count"] != result["events"]:
        raise Failed(f"at {rate}/s: of {result['events']} events {result['refused']} were refused "
                     f"and {result['ack']['count']} had their ack")
    return result["ack"]


def fill(binary, port, path, events, body_bytes):
    """So many events exactly, as fast as answers come."""
    body = '{"data":"' + "x" * (body_bytes - len('{"data":""}')) + '"}'
    _json_of([binary, "send", "--kind=open", f"--count={events}", f"--body={body}",
              f"--concurrency={CONNECTIONS}", "--json", f"http://127.0.0.1:{port}{path}"],
             FILL_SECONDS)


def _at_rate_command(binary, port, path, rate, seconds):
    return [binary, f"--port={port}", f"--path={path}", f"--rate={rate}", f"--seconds={seconds}"]


def _json_of(command, seconds):
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 30)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return json.loads(done.stdout.splitlines()[-1])
