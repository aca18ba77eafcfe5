"""The playbook has a page for each alert and for no other, and each command in it, and in the pages
on several nodes and on deployment, is one that the binary knows, with options that it has."""

import functools
import os
import re
import shlex
import subprocess
import unittest

import sources

BINARY = os.environ.get("SPILLWAY_BINARY", str(sources.ROOT / "build/release/spillway"))


def commands(text):
    """The `spillway …` commands of its code blocks and of its prose, as lists of words."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", "").splitlines()]
    lines += [" ".join(quoted.split()) for quoted in re.findall(r"`(spillway\s[^`]*)`", prose)]
    for line in lines:
        if line.startswith("spillway "):
            yield shlex.split(re.split(r"\s(?:\||>)\s", line)[0], comments=True)[1:]


def complaints_about(command):
    words, rest = [], list(command)
    while rest and rest[0] in subcommands(words):
        words.append(rest.pop(0))
    if not words or subcommands(words):
        return [f"{command} is no command"]
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return [f"{' '.join(words)} has no option {option}" for option in given - options(words)]


def subcommands(words):
    _, _, listed = help_of(*words).partition("\nSubcommands:\n")
    return set(re.findall(r"^  (\w+) ", listed, re.MULTILINE))


def options(words):
    first_words = re.findall(r"^ +(-\S+)", help_of(*words), re.MULTILINE)
    return {option for names in first_words for option in names.split(",")}


@functools.cache
def help_of(*words):
    return subprocess.run([BINARY, *words, "--help"], capture_output=True, text=True, check=True,
                          timeout=20).stdout


class Playbook(unittest.TestCase):
    def setUp(self):
        self.text = sources.OPERATIONS.read_text()

    def test_it_has_a_page_for_each_alert_and_for_no_other(self):
        pages = {heading for heading in sources.playbook_pages().values()
                 if heading.startswith("Spillway") and " " not in heading}
        self.assertEqual(pages, {alert["alert"] for alert in sources.alerts()})

    def test_each_page_says_what_to_do_and_what_not_to_do(self):
        pages = re.split(r"^### (Spillway\w+)$", self.text, flags=re.MULTILINE)
        for name, page in zip(pages[1::2], pages[2::2]):
            with self.subTest(name):
                for part in ("**Means.**", "**Look.**", "**Do.**", "**Do not**"):
                    self.assertIn(part, page)

    def test_its_commands_are_real(self):
        found = list(commands(self.text))
        self.assertGreater(len(found), 20)
        for page in (sources.CLUSTER, sources.DEPLOYMENT):
            found += commands(page.read_text())
        for command in found:
            with self.subTest(" ".join(command)):
                self.assertEqual(complaints_about(command), [])


class APlantedMistake(unittest.TestCase):
    def test_commands_are_found(self):
        text = ("Ask `spillway audit`, or\n\n```sh\nspillway dead list --reason ttl | wc -l\n```\n"
                "and `spillway\nsummary --json`")
        self.assertEqual(list(commands(text)), [["dead", "list", "--reason", "ttl"], ["audit"],
                                                ["summary", "--json"]])

    def test_what_is_real_passes(self):
        for command in ("dead replay --destination acme --dry-run", "audit --scan",
                        "serve -c a.yaml", "destinations test acme"):
            self.assertEqual(complaints_about(command.split()), [])

    def test_a_command_and_an_option_that_do_not_exist_are_found(self):
        for command in ("deadletters list", "dead", "dead repla", "audit --scann"):
            self.assertEqual(len(complaints_about(command.split())), 1, command)
