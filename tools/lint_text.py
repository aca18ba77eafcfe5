"""Checks how source files are written: their size, how a header opens, and that threads, clocks,
randomness and syncs stay in the few files that own them. Run by ./dev lint."""

import re
import sys
from fnmatch import fnmatch

import cxx_sources

LINES_MAX = 600
COLUMNS_MAX = 100
SOURCE_SUFFIXES = (".cpp", ".hpp", ".py", ".sh", ".ts", ".tsx", ".mjs", ".cmake",
                   "CMakeLists.txt")
SHELL_WITHOUT_SUFFIX = ("dev", ".ci/run", "bench/run")

# What decides is told the time and draws from core's Random, so that the simulation can replay it;
# what runs is one of the named threads. (what, pattern, where it may stand)
OWNED = [
    ("a thread", r"\bstd::j?thread\b",
     ["journal/committer.*", "journal_rocksdb/rocksdb_store.*", "retry_kafka/record_producer.*",
      "app/*", "tests/*", "bench/*"]),
    ("a mutex", r"\bstd::(\w+_)?mutex\b",
     ["core/metrics.*", "core/random.*", "delivery/attempt_memory.*", "gateway/front_door.*",
      "journal/books.*", "journal/committer.*", "journal_rocksdb/rocksdb_store.*",
      "retry_kafka/record_producer.*", "app/*", "tests/*", "bench/*"]),
    ("a timer", r"\b((steady|system|high_resolution|deadline)_timer|basic_waitable_timer)\b",
     ["http/async.hpp", "app/*"]),
    ("a sleep", r"\bsleep_(for|until)\b|\bu?sleep\s*\(", []),
    ("a clock", r"\w+_clock::now\b|\b(clock_gettime|gettimeofday)\b|\bstd::time\b",
     ["core/system_clock.*", "tests/conformance/*", "tests/integration/*", "bench/*"]),
    ("randomness", r"\brandom_device\b|\bstd::mt19937|\bs?rand\s*\(\)|\bRAND_bytes\b",
     ["core/random.*"]),
    ("a distribution that differs between standard libraries", r"\bstd::\w+_distribution\b", []),
    ("a sync", r"\bf(data)?sync\b", ["journal_rocksdb/*", "app/durable_copy.cpp", "bench/*"]),
]

# A path that exists on one machine only has no place in the project.
_ONE_MACHINE = re.compile(r"(?<![\w.$}*])/(home|root|Users|work)/\w")
_MACHINE_PATHS_FINE = ("tests/vectors/*", "tools/*", "Dockerfile", "deploy/*")


def check_size(name, lines):
    found = []
    if len(lines) > LINES_MAX:
        found.append((len(lines), f"{len(lines)} lines, at most {LINES_MAX}: one job per file"))
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and 'R"' not in line:  # a raw string cannot be broken
            found.append((number, f"{len(line)} columns, at most {COLUMNS_MAX}"))
        if line != line.rstrip():
            found.append((number, "space at the end of the line"))
    return found


def check_header(lines):
    found = []
    if not lines or not lines[0].startswith("// "):
        found.append((1, "a header opens with a comment: what it is, where, on which thread"))
    first = next((line for line in lines if line and not line.startswith("//")), "")
    if first != "#pragma once":
        found.append((1, "'#pragma once' must follow the opening comment"))
    return found


def check_owned(name, text):
    code = cxx_sources.code_only(text)
    found = []
    for what, pattern, owners in OWNED:
        if any(fnmatch(name, owner) for owner in owners):
            continue
        for match in re.finditer(pattern, code):
            where = ", ".join(owners) or "no file"
            number = code.count("\n", 0, match.start()) + 1
            found.append((number, f"'{match.group()}' is {what}, which belongs to {where}"))
    return found


def check_paths(name, lines):
    if any(fnmatch(name, fine) for fine in _MACHINE_PATHS_FINE):
        return []
    return [(number, "a path of one machine") for number, line in enumerate(lines, 1)
            if _ONE_MACHINE.search(line)]


def check(name, text):
    lines = text.splitlines()
    found = check_paths(name, lines)
    if name.endswith(SOURCE_SUFFIXES) or name in SHELL_WITHOUT_SUFFIX:
        found += check_size(name, lines)
    if name.endswith(".hpp"):
        found += check_header(lines)
    if cxx_sources.is_cxx(name):
        found += check_owned(name, text)
    return sorted(found)


if __name__ == "__main__":
    sys.exit(cxx_sources.run(check))
