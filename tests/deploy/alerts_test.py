"""Every alert says how bad it is, what is the matter and what to read, and is shown to fire and to
be quiet."""

import collections
import re
import unittest

import sources

SEVERITIES = {"critical", "warning"}


class Alerts(unittest.TestCase):
    def test_they_say_what_a_person_needs(self):
        pages = sources.playbook_pages()
        for alert in sources.alerts():
            with self.subTest(alert["alert"]):
                self.assertRegex(alert["alert"], r"^Spillway[A-Z]")
                self.assertIn(alert["labels"]["severity"], SEVERITIES)
                texts = alert["annotations"]
                self.assertEqual(set(texts), {"summary", "description", "runbook_url"})
                page, anchor = texts["runbook_url"].split("#")
                self.assertEqual(page, "docs/operations.md")
                self.assertEqual(pages[anchor], alert["alert"])

    def test_a_name_and_a_window_are_one_alert(self):
        seen = collections.Counter((alert["alert"], *sorted(alert["labels"].items()))
                                   for alert in sources.alerts())
        self.assertEqual([alert for alert, count in seen.items() if count > 1], [])

    def test_each_is_shown_to_fire_and_to_be_quiet(self):
        fires, quiet = collections.defaultdict(list), set()
        for name, firing in sources.alert_tests():
            fires[name] += firing
            if not firing:
                quiet.add(name)
        for alert in sources.alerts():
            name, labels = alert["alert"], alert["labels"].items()
            with self.subTest(name, labels=labels):
                self.assertTrue(any(labels <= shown.items() for shown in fires[name]),
                                "spillway_test.yaml never expects it to fire")
                self.assertIn(name, quiet, "spillway_test.yaml never expects it to be quiet")

    def test_no_text_that_is_expected_is_a_template_that_failed(self):
        text = (sources.PROMETHEUS / "spillway_test.yaml").read_text()
        self.assertEqual(re.findall(r"error expanding.*|<no value>|\{\{|%!.*", text), [])
