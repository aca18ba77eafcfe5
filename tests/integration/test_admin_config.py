"""The configuration over the admin API: shown without secrets, read again, refused with the place
of what is wrong. And what the node remembers of the last hour."""

import json

import pytest

from harness import cli
from harness.http import post, request
from harness.senders import shop_event
from harness.settings import SHOP_SECRET, SINK_SECRET, destination, route, settings, shop_source
from harness.waiting import eventually

HEADER_SECRET = "a-secret-in-a-header"


@pytest.fixture
def sinks(make_sink):
    return {"first": make_sink(), "second": make_sink()}


def configuration(sinks, *names):
    return settings(
        sources={"shop": shop_source()},
        destinations={name: destination(sinks[name].url + "?key=a-secret-in-a-query",
                                        headers={"X-Key": HEADER_SECRET}) for name in names},
        routes=[route("shop", *names)])


@pytest.fixture
def node(make_node, sinks):
    # A reload that is refused is logged as an error, as it should be.
    return make_node(configuration(sinks, "first"), expected_errors=("config.refused",)).start()


def reload(node):
    return request(node.admin.address, "POST", "/v1/config/reload")


def test_it_is_shown_without_secrets(node):
    shown = node.admin.get("/v1/config")
    assert shown["file"] == str(node.config_path) and shown["last_reload"] is None, shown
    assert [source["kind"] for source in shown["sources"]] == ["hmac"]
    assert [target["name"] for target in shown["destinations"]] == ["first"]
    assert shown["routes"][0]["to"] == ["first"]
    text = json.dumps(shown)
    for secret in (SHOP_SECRET, SINK_SECRET, HEADER_SECRET, "a-secret-in-a-query"):
        assert secret not in text


def test_it_is_reloaded_when_asked(node, sinks):
    node.rewrite(configuration(sinks, "second"))
    assert reload(node).json == {"status": "reloaded", "needs_restart": []}
    post(node.ingest, shop_event("one"))
    eventually(lambda: len(sinks["second"].arrivals) == 1, 10, "a delivery by the new routes")
    shown = node.admin.get("/v1/config")
    assert shown["last_reload"]["ok"] and shown["destinations"][0]["name"] == "second"
    trail = node.admin.get("/v1/actions")["actions"]
    assert trail[0]["action"] == "config.reload" and trail[0]["outcome"] == "done"


def test_what_is_wrong_with_it_is_told_by_its_place(node, sinks):
    node.rewrite("version: 1\nsources: {}\ndestinatoins: {}\n")
    refused = reload(node)
    assert refused.status == 422 and refused.is_problem(), refused
    assert f"{node.config_path}:3:" in refused.json["detail"]
    assert "destinatoins" in refused.json["detail"]
    shown = node.admin.get("/v1/config")
    assert not shown["last_reload"]["ok"] and shown["destinations"][0]["name"] == "first"
    done = cli.run(node.binary, "config", "reload", SPILLWAY_ADMIN=node.admin.url)
    assert done.code == 2 and "destinatoins" in done.err, done
    actions = cli.run(node.binary, "actions", "list", SPILLWAY_ADMIN=node.admin.url)
    assert actions.code == 0 and actions.out.count("config.reload") == 2, actions
    node.rewrite(configuration(sinks, "first"))
    assert cli.run(node.binary, "config", "reload", SPILLWAY_ADMIN=node.admin.url).code == 0


def test_what_no_node_would_start_with_changes_nothing(node, sinks):
    content = configuration(sinks, "first", "second")
    content["destinations"]["second"] |= {"url": "https://127.0.0.1:1/",
                                          "tls": {"ca": "/no/such/ca.pem"}}
    node.rewrite(content)
    assert reload(node).status == 422
    content = configuration(sinks, "first", "second")
    content["listen"]["admin"]["tokens"] = [{"name": "oncall", "token": "not one for a header"}]
    node.rewrite(content)
    assert reload(node).status == 422
    unknown = request(node.admin.address, "POST", "/v1/destinations/second/pause")
    assert unknown.status == 404, unknown


def test_the_last_hour_is_told_step_by_step(node):
    eventually(lambda: node.admin.get("/v1/history")["samples"], 15, "the first step")
    for number in range(7):
        post(node.ingest, shop_event(f"event-{number}"))

    def counted(**query):
        samples = node.admin.get("/v1/history", **query)["samples"]
        return (sum(sample["accepted"] or 0 for sample in samples) == 7 and
                sum(sample["delivered"] or 0 for sample in samples) == 7)

    eventually(counted, 25, "a step of the node")
    assert counted(destination="first")
    assert request(node.admin.address, "GET", "/v1/history?destination=other").status == 404
    first = node.admin.destination("first")
    assert first["breaker"] == "closed" and first["last_delivered"], first
    assert first["delivery_lag"]["count"] == 7 and first["lag_total"] == 7, first
