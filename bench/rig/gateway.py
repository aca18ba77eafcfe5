"""`spillway serve` with a journal of its own, asked over its admin API."""

import http.client
import json
import re

from rig.process import Process


class Gateway(Process):
    """Keeps its journal in the directory: started again, it finds what it left there."""

    def __init__(self, binary, directory, configuration):
        directory.mkdir()
        config = directory / "spillway.yaml"
        config.write_text(json.dumps(configuration))  # JSON is YAML
        super().__init__([binary, "serve", config], directory / "log")

    def wait_started(self):
        self.wait_for(self._read_ports, "spillway says node.started")

    def _read_ports(self):
        for line in self.log.read_text().splitlines():
            if '"node.started"' in line:
                started = json.loads(line)
                self.port = int(started["ingest"].rpartition(":")[2])
                self.admin_port = int(started["admin"].rpartition(":")[2])
                return True
        return False

    def post(self, source="durable"):
        return _exchange(self.port, "POST", f"/in/{source}", "{}")

    def pause(self):
        _exchange(self.admin_port, "POST", "/v1/destinations/destination/pause")

    def deliveries(self):
        """By state, and how many were `accepted`."""
        return json.loads(_exchange(self.admin_port, "GET", "/v1/summary"))["deliveries"]

    def metrics(self):
        return Metrics(_exchange(self.admin_port, "GET", "/metrics"))


def _exchange(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
        if response.status // 100 != 2:
            raise RuntimeError(f"{method} {path} was answered {response.status}: {text}")
        return text
    finally:
        connection.close()


class Metrics:
    """One reading of /metrics."""

    def __init__(self, text):
        self._samples = re.findall(r"^(\w+)(?:\{(.*)\})? (\S+)$", text, re.MULTILINE)

    def total(self, name, *labels):
        return sum(float(value) for found, having, value in self._samples
                   if found == name and all(label in having for label in labels))

    def buckets(self, name):
        """Upper bound -> observations up to it."""
        counts = {}
        for found, labels, value in self._samples:
            if found == name + "_bucket":
                bound = float(re.search(r'le="([^"]+)"', labels)[1].replace("+Inf", "inf"))
                counts[bound] = counts.get(bound, 0) + float(value)
        return counts


def quantile(before, after, name, share):
    """Of what a histogram observed between two readings; interpolated inside its bucket."""
    start = before.buckets(name)
    counts = sorted((bound, count - start.get(bound, 0))
                    for bound, count in after.buckets(name).items())
    wanted = share * counts[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in counts:
        if count >= wanted:
            return lower if bound == float("inf") else (
                lower + (bound - lower) * (wanted - below) / max(count - below, 1))
        lower, below = bound, count
    return lower
