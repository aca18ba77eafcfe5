"""Rules and dashboard name only metrics and labels that docs/metrics.md has; a C++ test
(tests/unit/admin/metrics_test.cpp) holds that page to the code."""

import pathlib
import re
import subprocess
import tempfile
import unittest

import promql
import sources

PROMTOOL = "/usr/bin/promtool"
PROMETHEUS_ADDS = {"job", "instance"}


class Complaints:
    """What is wrong with expressions, given the metrics and the recorded names there are."""

    def __init__(self, metrics, recorded):
        self._metrics = metrics
        self._recorded = recorded
        self._labels = {"le"} | PROMETHEUS_ADDS
        for metric in metrics.values():
            self._labels |= metric.labels

    def about(self, expression):
        found = [f"{name} is not in docs/metrics.md" for name in promql.metrics(expression)
                 if not self._is_known(name)]
        for name, labels in promql.selectors(expression):
            found += [f"{name} has no label {label}" for label in labels - self._labels_of(name)]
        found += [f"no metric has the label {label}"
                  for label in promql.grouped_labels(expression) - self._labels]
        return found

    def _histogram(self, name):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        metric = self._metrics.get(base)
        return metric if base != name and metric and metric.kind == "histogram" else None

    def _is_known(self, name):
        if name == "up" or name in self._recorded:
            return True
        if name in self._metrics:
            return self._metrics[name].kind != "histogram"
        return self._histogram(name) is not None

    def _labels_of(self, name):
        if self._histogram(name):
            return self._histogram(name).labels | PROMETHEUS_ADDS | {"le"}
        if name in self._metrics:
            return self._metrics[name].labels | PROMETHEUS_ADDS
        return self._labels


def queries_of(text):
    """The PromQL in an annotation's template: {{ with printf `QUERY` … | query }}."""
    return re.findall(r"printf `([^`]*)`", text)


class RulesAndDashboard(unittest.TestCase):
    def setUp(self):
        recorded = {rule["record"] for rule in sources.rules() if "record" in rule}
        self.complaints = Complaints(sources.documented_metrics(), recorded)

    def test_rules_name_what_exists(self):
        for rule in sources.rules():
            with self.subTest(rule.get("alert") or rule["record"]):
                self.assertTrue(promql.metrics(rule["expr"]))
                self.assertEqual(self.complaints.about(rule["expr"]), [])
                for text in rule.get("annotations", {}).values():
                    for query in queries_of(text):
                        self.assertEqual(self.complaints.about(query), [])

    def test_the_dashboard_names_what_exists(self):
        queries = sources.dashboard_queries()
        self.assertGreater(len(queries), 40)
        for where, query in queries:
            with self.subTest(where):
                self.assertTrue(promql.metrics(query))
                self.assertEqual(self.complaints.about(query), [])

    def test_the_dashboards_queries_are_promql(self):
        queries = [query.replace("$__rate_interval", "5m") for _, query in
                   sources.dashboard_queries()]
        rules = "groups:\n- name: dashboard\n  rules:\n" + "".join(
            f"  - record: query{number}\n    expr: |\n      {query}\n"
            for number, query in enumerate(queries))
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory) / "rules.yaml"
            path.write_text(rules)
            checked = subprocess.run([PROMTOOL, "check", "rules", path], capture_output=True,
                                     text=True)
        self.assertEqual(checked.returncode, 0, checked.stderr)


class APlantedMistake(unittest.TestCase):
    """What the checks above are there to find, they find."""

    def setUp(self):
        metrics = sources.documented_metrics(
            "| `spillway_a_total` | counter | source, code | … |\n"
            "| `spillway_b_seconds` | histogram | destination | … |\n")
        self.complaints = Complaints(metrics, {"source:spillway_a:rate5m"})

    def test_what_is_right_passes(self):
        for expression in ('rate(spillway_a_total{code=~"5..",job="spillway"}[5m])',
                           'sum by (destination, le) (spillway_b_seconds_bucket{le="300"})',
                           'source:spillway_a:rate5m{source="shop"} > 0.5 and on (job) up == 1'):
            self.assertEqual(self.complaints.about(expression), [], expression)

    def test_an_unknown_metric_is_found(self):
        for expression in ("spillway_gone_total > 0", "rate(spillway_a_total_count[5m])",
                           "source:spillway_a:rate1h", "spillway_b_seconds",
                           'sum(spillway_a{code="200"})', "process_threads",
                           'up and spillway_a_total{source="spillway_gone"} or spillway_gone'):
            self.assertEqual(len(self.complaints.about(expression)), 1, expression)

    def test_an_unknown_label_is_found(self):
        for expression in ('spillway_a_total{destination="acme"}',
                           "sum by (sorce) (spillway_a_total)",
                           'spillway_b_seconds_sum{source="shop"}'):
            self.assertEqual(len(self.complaints.about(expression)), 1, expression)

    def test_a_table_row_that_cannot_be_read_is_an_error(self):
        with self.assertRaises(ValueError):
            sources.documented_metrics("| `spillway_c` | guage | | … |")
