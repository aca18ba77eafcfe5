"""A real Prometheus with the rules that ship scrapes a real node: an outage, what is given up on
and the end of the node are told by the right alerts and no others, which end when the trouble does.
The dashboard's queries are put to the same Prometheus."""

import json
import pathlib
import re

import pytest

from harness.http import post
from harness.loader import Loader
from harness.prometheus import Prometheus, hurried_config
from harness.senders import shop_event, shop_events
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

KAFKA = re.compile(r"spillway_(kafka|spool)_")
DASHBOARD = pathlib.Path(__file__).resolve().parents[2] / "deploy/grafana/spillway.json"
RATE = 50
DOWN = ("SpillwayDestinationDown", "warning", "client")
DEAD = ("SpillwayDeadLettersGrow", "warning", "picky")
LATE = ("SpillwayLagBudgetBurn", "critical", "client")
GONE = ("SpillwayTargetDown", "critical", None)
# Not waited for: the budget of six hours recovers more slowly, and on a busy machine a scrape that
# was cut short is a target that was down for a moment.
MAY_BE = {("SpillwayLagBudgetBurn", "warning", "client"), GONE}


@pytest.fixture
def node(make_node, make_sink, sink):
    """Every event goes to `client`, which is the sink, and to `well`; with X-Picky to `picky`
    alone, which takes none."""
    well, picky = make_sink(), make_sink()
    picky.respond = lambda arrival: Reply(status=400)
    refuses = destination(picky.url)
    refuses["retry"] = {"on_4xx": "dead"}
    return make_node(settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url), "well": destination(well.url),
                      "picky": refuses},
        routes=[route("shop", "picky", when=[{"header": "X-Picky", "exists": True}]),
                route("shop", "client", "well", otherwise=True)])).start()


@pytest.fixture
def prometheus(node, tmp_path):
    directory = tmp_path / "prometheus"
    directory.mkdir()
    started = Prometheus(directory, hurried_config(directory, node.admin.address))
    yield started
    started.close()


class Watch:
    """Asks which alerts fire, and remembers all that ever did."""

    def __init__(self, prometheus):
        self._prometheus = prometheus
        self.ever = set()

    def firing(self):
        now = self._prometheus.firing()
        self.ever |= now
        return now

    def until_fires(self, alert, within):
        eventually(lambda: alert in self.firing(), within, lambda: f"{alert}: {self.firing()}")

    def until_quiet(self, within):
        eventually(lambda: not self.firing() - MAY_BE, within, lambda: f"quiet: {self.firing()}")


def test_the_right_alerts_fire_and_clear(node, prometheus, sink):
    watch = Watch(prometheus)
    loader = Loader(lambda: node.ingest, shop_events("order"), connections=2, rate=RATE).start()
    eventually(lambda: prometheus.ask('spillway_lag_total{destination="client"} > 0'), 10,
               "a scrape that saw deliveries")
    watch.until_quiet(5)

    sink.down()
    assert post(node.ingest, shop_event("refused", ("X-Picky", "yes"))).status == 202
    watch.until_fires(DEAD, 10)
    watch.until_fires(DOWN, 25)  # after ten minutes of the rules
    told = prometheus.annotations("SpillwayDestinationDown")
    assert told["summary"] == "client is down" and "Waiting there: " in told["description"]
    print(told["description"])

    sink.up()
    watch.until_fires(LATE, 15)
    assert DOWN not in watch.firing()
    ask_what_the_dashboard_asks(prometheus)
    watch.until_quiet(25)
    loader.finish()
    accepted = len(loader.acks)
    eventually(lambda: node.admin.counts("client")["delivered"] == accepted, 10,
               lambda: node.admin.counts("client"))
    print(f"{accepted} events; alerts: {sorted(watch.ever, key=str)}")
    assert watch.ever - MAY_BE == {DOWN, LATE, DEAD}

    node.kill()
    watch.until_fires(GONE, 15)


def ask_what_the_dashboard_asks(prometheus):
    """Each query of each panel has an answer; only what asks for more than nothing may be empty,
    and what asks about the Kafka that this node has not."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    empty = []
    for query in queries:
        for variable in ("$instance", "$destination", "$source"):
            query = query.replace(variable, ".*")
        query = query.replace("$__rate_interval", "10s")
        if not prometheus.ask(query):
            empty.append(query)
    print(f"the dashboard's {len(queries)} queries; without an answer: {empty}")
    assert len(queries) > 40
    assert all(query.endswith("> 0") or KAFKA.search(query) for query in empty)
