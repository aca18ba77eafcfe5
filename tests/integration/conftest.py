"""Fixtures: the binary, nodes in directories of their own, sinks, and the servers that nodes work
with. What nodes and servers logged is shown with each failure. A missing binary is a failure, never
a skip."""

import contextlib
import os
import pathlib

import pytest

from harness.kafka import Kafka
from harness.node import Node
from harness.redis import Redis
from harness.sink import Sink

ROOT = pathlib.Path(__file__).resolve().parents[2]


def pytest_configure(config):
    binary = pathlib.Path(os.environ.get("SPILLWAY_BINARY", ROOT / "build/release/spillway"))
    if not os.access(binary, os.X_OK):
        pytest.exit(f"{binary} is missing: build it (./dev build), or set SPILLWAY_BINARY",
                    returncode=1)
    config.stash[BINARY] = binary
    config.stash[SERVERS] = []


BINARY = pytest.StashKey[pathlib.Path]()
NODES = pytest.StashKey[list]()
SERVERS = pytest.StashKey[list]()  # those that live, of the whole run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for node in item.stash.get(NODES, []):
            for life, log in enumerate(node.logs):
                report.sections.append((f"log of the node, life {life}", log.tail()))
        for server in item.config.stash[SERVERS]:
            report.sections.append((f"log of {server.name}", server.log_tail()))
    return report


@pytest.fixture(scope="session")
def binary(request):
    return request.config.stash[BINARY]


@pytest.fixture
def make_node(request, binary, tmp_path, make_sink, make_kafka, make_redis):
    """make_node(config, expected_errors=()) → a Node, not started. It ends with the test, before
    what it works with, and the test fails if it did not stop cleanly or logged errors nobody
    expected."""
    nodes = request.node.stash.setdefault(NODES, [])

    def make(config, expected_errors=()):
        directory = tmp_path / f"node-{len(nodes)}"
        directory.mkdir()
        nodes.append(Node(binary, directory, config, expected_errors))
        return nodes[-1]

    yield make
    complaints = [complaint for node in nodes for complaint in node.dispose()]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def make_sink():
    sinks = []

    def make(**options):
        sinks.append(Sink(**options))
        return sinks[-1]

    yield make
    for sink in sinks:
        sink.close()
    complaints = [complaint for sink in sinks for complaint in sink.complaints]
    assert not complaints, complaints[:10]


@pytest.fixture
def sink(make_sink):
    return make_sink()


@contextlib.contextmanager
def _making(kind, request, tmp_path_factory):
    living = request.config.stash[SERVERS]
    mine = []

    def make(**options):
        mine.append(kind(tmp_path_factory.mktemp(kind.__name__.lower()), **options))
        living.append(mine[-1])
        return mine[-1].start()

    try:
        yield make
    finally:
        for server in mine:
            server.dispose()
            living.remove(server)


@pytest.fixture
def make_kafka(request, tmp_path_factory):
    """make_kafka(nodes=1, secure=False, **settings) → a Kafka of the test's own, started, which it
    may break."""
    with _making(Kafka, request, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="module")
def kafka(request, tmp_path_factory):
    """One broker for the tests of a file, since it takes seconds to start: they leave it running,
    and keep out of each other's way by the names of their topics."""
    with _making(Kafka, request, tmp_path_factory) as make:
        yield make()


@pytest.fixture
def make_redis(request, tmp_path_factory):
    """make_redis(password=None, tls=False, **options) → a Redis of the test's own, started."""
    with _making(Redis, request, tmp_path_factory) as make:
        yield make


@pytest.fixture(scope="session")
def browser():
    """Chromium. Only tests that show pages need Playwright."""
    from playwright.sync_api import sync_playwright

    from harness.browser import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def world(make_node, make_sink):
    """The node that the dashboard is tried on."""
    from harness.dashboard_world import DashboardWorld

    return DashboardWorld(make_node, make_sink)


@pytest.fixture
def dashboard(world, open_dashboard):
    """Of that node, with its operator signed in."""
    from harness.dashboard_world import OPERATOR

    return open_dashboard(world.url).sign_in(OPERATOR)


@pytest.fixture
def open_dashboard(browser):
    """open_dashboard(url, viewport=…, scheme=…) → a Dashboard. The test fails if its page did what
    a page should never do."""
    from harness.browser import Dashboard

    opened = []

    def make(url, **options):
        opened.append(Dashboard(browser, url, **options))
        return opened[-1]

    yield make
    complaints = [complaint for dashboard in opened for complaint in dashboard.complaints]
    for dashboard in opened:
        dashboard.close()
    assert not complaints, complaints[:10]
