"""What the tests of deploy/ read: rules, rule tests, dashboard, and the documents they speak of."""

import json
import pathlib
import re
from dataclasses import dataclass

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
RULE_FILES = sorted(PROMETHEUS.glob("*.rules.yaml"))
DASHBOARD = ROOT / "deploy/grafana/spillway.json"
OPERATIONS = ROOT / "docs/operations.md"
CLUSTER = ROOT / "docs/cluster.md"
DEPLOYMENT = ROOT / "docs/deployment.md"


@dataclass(frozen=True)
class Metric:
    kind: str  # counter, gauge or histogram
    labels: frozenset


def documented_metrics(text=None):
    """The tables of docs/metrics.md: {name: Metric}."""
    text = (ROOT / "docs/metrics.md").read_text() if text is None else text
    row = re.compile(r"\| `(\w+)` \| (counter|gauge|histogram) \|([^|]*)\|")
    found = {}
    for line in text.splitlines():
        if line.startswith("| `"):
            match = row.match(line)
            if match is None:
                raise ValueError(f"docs/metrics.md: not a row of name, type, labels: {line}")
            name, kind, labels = match.groups()
            found[name] = Metric(kind, frozenset(re.findall(r"\w+", labels)))
    return found


def rules():
    """All rules of all files, as Prometheus reads them."""
    return [rule for path in RULE_FILES for group in yaml.safe_load(path.read_text())["groups"]
            for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def alert_tests():
    """What spillway_test.yaml expects: (alert name, [labels of those that fire])."""
    content = yaml.safe_load((PROMETHEUS / "spillway_test.yaml").read_text())
    return [(check["alertname"], [alert["exp_labels"] for alert in check["exp_alerts"]])
            for test in content["tests"] for check in test["alert_rule_test"]]


def dashboard_queries():
    """(where, PromQL) of the dashboard's panels and variables."""
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [(panel["title"], target["expr"]) for panel in dashboard["panels"]
               for target in panel.get("targets", ())]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            series = re.fullmatch(r"label_values\((.*), \w+\)", variable["query"]["query"])
            queries.append((variable["name"], series[1]))
    return queries


def playbook_pages():
    """The headings of docs/operations.md, {anchor: heading}, as they are linked to."""
    headings = re.findall(r"^#+ (.*)$", OPERATIONS.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"): heading
            for heading in headings}
