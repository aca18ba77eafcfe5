"""Checks what each C++ file includes: a module only what stands to its left on the event's path, a
heavy library only in the module that is its adapter. Run by ./dev lint."""

import re
import sys

import cxx_sources

# From left to right; modules of one group never include each other.
GROUPS = [
    {"core"},
    {"http", "journal", "routing"},
    {"delivery"},
    {"dedup"},
    {"retry", "workflow"},
    {"gateway", "admin"},
    {"config"},
    {"app"},
]

# An adapter may include what its module may, and the module; only app and the tests include it.
ADAPTERS = {
    "journal_rocksdb": "journal",
    "dedup_redis": "dedup",
    "retry_kafka": "retry",
    "admin_prometheus": "admin",
    "dashboard": "admin",
}

# These may include any module: they are not on the path, and nothing on it includes them.
OUTSIDE = {"tests", "bench"}

# Who may include which library headers; a module, or one file of it. What is not listed, anybody.
LIBRARIES = [
    (r"rocksdb/", {"journal_rocksdb"}),
    (r"prometheus/", {"admin_prometheus"}),
    (r"librdkafka/", {"retry_kafka"}),
    (r"hiredis/", {"dedup_redis"}),
    (r"yaml-cpp/", {"config"}),
    (r"simdjson", {"routing", "gateway", "workflow", "admin", "app"}),
    (r"CLI/", {"app"}),
    (r"spdlog/", {"core/log.cpp"}),
    (r"ares", {"http"}),
    (r"openssl/", {"core", "http"}),
    (r"(sys/socket|netdb|netinet/|arpa/)", {"http", "app"}),
    # What decides has no sockets: nothing of Boost in core, journal, routing, dedup and delivery,
    # but for the file of delivery that sends.
    (r"boost/", {"http", "delivery/http_sender.cpp", "retry", "workflow", "gateway", "admin",
                 "config", "app",
                 "retry_kafka", "dedup_redis", "admin_prometheus"}),
    (r"(gtest|gmock)/", set()),
]

# Tests of decisions, and the simulation, build without the heavy libraries too.
LIGHT_TESTS = ("tests/unit/", "tests/simulation/")
HEAVY_LIBRARIES = re.compile(r"(rocksdb|prometheus|librdkafka|hiredis)/")

_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def module_of(name):
    return name.split("/", 1)[0]


def group_of(module):
    return next((i for i, group in enumerate(GROUPS) if module in group), None)


def may_include(includer, included):
    """Whether a file of one module may include a header of the other."""
    if includer == included or includer in OUTSIDE:
        return True
    if included in ADAPTERS:
        return includer == "app"
    if includer in ADAPTERS:
        includer = ADAPTERS[includer]
        return includer == included or group_of(included) < group_of(includer)
    return group_of(included) < group_of(includer)


def known_module(module):
    return group_of(module) is not None or module in ADAPTERS


def check_module(name, header):
    includer, included = module_of(name), module_of(header)
    if "/" not in header or not known_module(included):
        return None
    if not known_module(includer) and includer not in OUTSIDE:
        return f"folder '{includer}' has no place in the table of modules in tools/lint_includes.py"
    if not may_include(includer, included):
        return f"{includer} may not include {included} ({header}): an include only points left"
    return None


def check_library(name, header):
    module = module_of(name)
    for pattern, owners in LIBRARIES:
        if not re.match(pattern, header):
            continue
        if module in OUTSIDE:
            adapter_test = module_of(name.removeprefix("tests/unit/")) in ADAPTERS
            light = name.startswith(LIGHT_TESTS) and not adapter_test
            if light and HEAVY_LIBRARIES.match(header):
                return f"<{header}> in a test that must build without heavy libraries"
        elif module not in owners and name not in owners:
            return f"<{header}> belongs to {', '.join(sorted(owners)) or 'the tests'}"
    return None


def check(name, text):
    if not cxx_sources.is_cxx(name):
        return []
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        include = _INCLUDE.match(line)
        if include:
            header = include.group(1)
            messages = (check_module(name, header), check_library(name, header))
            found += [(number, message) for message in messages if message]
    return found


if __name__ == "__main__":
    sys.exit(cxx_sources.run(check))
