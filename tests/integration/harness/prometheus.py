"""A Prometheus as a process of the test's own, with the rules of deploy/prometheus/, in a hurry: a
minute of theirs is a second. `./dev setup --test` installs it."""

import json
import pathlib
import re
import subprocess
from urllib.parse import urlencode

from harness.http import request
from harness.waiting import eventually

PROGRAM = "/usr/bin/prometheus"
RULES = pathlib.Path(__file__).resolve().parents[3] / "deploy/prometheus"
INTERVAL = "500ms"  # of scrapes and evaluations
START_SECONDS = 20
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def hurried(rules):
    """The rules with each `for:`, each `interval:` and each [window] divided by 60, and nothing
    else changed: thresholds are as they are."""
    def shorter(match):
        before, count, unit = match.groups()
        return f"{before}{int(count) * _UNITS[unit] * 1000 // 60}ms"

    return re.sub(r"(\bfor: |\binterval: |\[)(\d+)([smhd])\b", shorter, rules)


def hurried_config(directory, target):
    """A configuration that scrapes `target`, an admin address, as the job spillway."""
    for path in RULES.glob("*.rules.yaml"):
        (directory / path.name).write_text(hurried(path.read_text()))
    config = directory / "prometheus.yml"
    config.write_text(json.dumps({  # which is YAML
        "global": {"scrape_interval": INTERVAL, "scrape_timeout": INTERVAL,
                   "evaluation_interval": INTERVAL},
        "rule_files": ["*.rules.yaml"],
        "scrape_configs": [{"job_name": "spillway", "static_configs": [
            {"targets": ["{}:{}".format(*target)]}]}]}))
    return config


class Prometheus:
    def __init__(self, directory, config, wrapper=()):
        """`wrapper`: a command that execs its arguments, run in between."""
        self._log = directory / "prometheus.log"
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*wrapper, PROGRAM, f"--config.file={config}",
                 f"--storage.tsdb.path={directory / 'tsdb'}",
                 "--web.listen-address=127.0.0.1:0", "--log.format=json"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._address = None
        try:
            self._address = eventually(self._listens, START_SECONDS, self._log.read_text)
            eventually(lambda: self._get("/-/ready").status == 200, START_SECONDS,
                       self._log.read_text)
        except BaseException:
            self.close()
            raise

    def firing(self):
        """{(alert's name, severity, destination or None)} of those that fire now."""
        return {(labels["alertname"], labels["severity"], labels.get("destination"))
                for labels in (alert["labels"] for alert in self._ask("/api/v1/alerts")["alerts"]
                               if alert["state"] == "firing")}

    def annotations(self, name):
        return next(alert["annotations"] for alert in self._ask("/api/v1/alerts")["alerts"]
                    if alert["labels"]["alertname"] == name)

    def ask(self, query):
        """The series that a query has now."""
        return self._ask("/api/v1/query", query=query)["result"]

    def close(self):
        self._process.terminate()
        self._process.wait()

    def _listens(self):
        assert self._process.poll() is None, self._log.read_text()
        for line in self._log.read_text().splitlines():
            if '"Listening on"' in line:
                host, port = json.loads(line)["address"].split(":")
                return host, int(port)
        return None

    def _get(self, path):
        return request(self._address, "GET", path)

    def _ask(self, path, **query):
        answer = self._get(path + ("?" + urlencode(query) if query else ""))
        assert answer.status == 200, (path, query, answer)
        return answer.json["data"]
