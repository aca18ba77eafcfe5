"""Which metrics and labels a PromQL expression names. It knows only as much of the language as that
takes: promtool checks the rest."""

import re

# Ours, those of every process, what rules record, and what Prometheus adds.
_METRIC = re.compile(r"(?<![\w:$])(spillway_\w+|process_\w+|[a-z_]+:[\w:]+|up)(?![\w:(])")
_SELECTOR = re.compile(r"([\w:]+)\s*\{([^}]*)\}")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def metrics(expression):
    return set(_METRIC.findall(_TEXT.sub('""', expression)))


def selectors(expression):
    """(metric, names of the labels asked for)"""
    return [(name, set(_LABEL.findall(inside)))
            for name, inside in _SELECTOR.findall(_TEXT.sub('""', expression))]


def grouped_labels(expression):
    return {label for inside in _GROUPING.findall(expression)
            for label in re.findall(r"\w+", inside)}
