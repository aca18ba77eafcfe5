"""Who may ask the admin listener: tokens with names and roles, and the session that a page begins
with one of them."""

import json

import pytest

from harness import cli
from harness.http import post, request
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

OPERATOR = "a-token-of-the-operator"
VIEWER = "a-token-to-look-with"


@pytest.fixture
def node(make_node, sink):
    sink.respond = lambda arrival: Reply(500, body=b"no luck")
    return make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")],
        admin={"tokens": [{"name": "oncall", "token": OPERATOR},
                          {"name": "board", "role": "viewer", "token": VIEWER}]})).start()


def ask(node, method, path, token=None, headers=(), content=None):
    headers = dict(headers)
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = None
    if content is not None:
        headers["Content-Type"], body = "application/json", json.dumps(content)
    return request(node.admin.address, method, path, headers, body)


def test_a_viewer_looks_and_an_operator_acts(node):
    event = post(node.ingest, shop_event("one")).event_id

    def attempts(token):
        deliveries = ask(node, "GET", f"/v1/events/{event}", token).json["deliveries"]
        return deliveries[0]["attempts"]

    eventually(lambda: attempts(OPERATOR), 10, "an attempt")
    assert attempts(OPERATOR)[0]["response_excerpt"] == "no luck"
    assert attempts(VIEWER)[0]["response_excerpt"] is None
    assert ask(node, "GET", f"/v1/events/{event}/body", OPERATOR).status == 200
    assert ask(node, "GET", f"/v1/events/{event}/body", VIEWER).status == 403
    refused = ask(node, "POST", "/v1/destinations/client/pause", VIEWER)
    assert refused.status == 403 and "operator" in refused.json["detail"]
    assert ask(node, "POST", "/v1/destinations/client/pause", OPERATOR).status == 200
    viewer = {"SPILLWAY_ADMIN": node.admin.url, "SPILLWAY_TOKEN": VIEWER}
    assert cli.run(node.binary, "destinations", "list", **viewer).code == 0
    assert cli.run(node.binary, "destinations", "resume", "client", **viewer).code == 2


def test_a_session_stands_for_its_token(node):
    assert ask(node, "POST", "/v1/session", content={"token": "wrong"}).status == 401
    begun = ask(node, "POST", "/v1/session", content={"token": OPERATOR})
    assert begun.status == 200 and begun.json["name"] == "oncall", begun
    cookie = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
    own = {"Origin": node.admin.url, **cookie}
    assert ask(node, "GET", "/v1/session", headers=cookie).json["via"] == "cookie"
    assert ask(node, "POST", "/v1/destinations/client/pause", headers=cookie).status == 403
    assert ask(node, "POST", "/v1/destinations/client/pause", headers=own).status == 200
    assert ask(node, "DELETE", "/v1/session", headers=own).status == 204
    assert ask(node, "GET", "/v1/session", headers=cookie).status == 401


def test_who_guesses_waits(node):
    for _ in range(10):
        assert ask(node, "POST", "/v1/session", content={"token": "wrong"}).status == 401
    stopped = ask(node, "POST", "/v1/session", content={"token": "guess"})
    assert stopped.status == 429 and 0 < int(stopped.headers["retry-after"]) <= 60
    assert ask(node, "POST", "/v1/session", content={"token": OPERATOR}).status == 200


def test_who_guesses_in_a_header_waits_too_and_is_seen(node):
    guess = "a-guess-of-somebody"
    for _ in range(10):
        assert ask(node, "GET", "/v1/summary", guess).status == 401
    stopped = ask(node, "POST", "/v1/destinations/client/pause", guess)
    assert stopped.status == 429 and 0 < int(stopped.headers["retry-after"]) <= 60
    assert ask(node, "GET", "/v1/summary", OPERATOR).status == 200
    assert ask(node, "POST", "/v1/destinations/client/pause", VIEWER).status == 403
    role = node.log.wait_for("role.refused", 5)
    assert (role["who"], role["asked_for"]) == ("board", "POST /v1/destinations/{name}/pause"), role
    told = node.log.records("token.refused")
    assert [record["remote"] for record in told] == ["127.0.0.1"] * 10
    assert guess not in json.dumps(node.log.records())
    for reason, count in (("wrong_token", 10), ("wrong_tokens", 1), ("role", 1)):
        assert node.admin.metric("spillway_admin_refused_total", reason=reason) == count
    assert not ask(node, "GET", "/v1/actions", OPERATOR).json["actions"]


def test_the_trail_outlasts_the_process(node):
    assert ask(node, "POST", "/v1/destinations/client/pause", OPERATOR,
               content={"reason": "moving"}).status == 200
    assert ask(node, "POST", "/v1/destinations/client/resume", VIEWER).status == 403
    cli.run(node.binary, "destinations", "resume", "client", SPILLWAY_ADMIN=node.admin.url,
            SPILLWAY_TOKEN=OPERATOR)
    node.kill()
    node.start()
    trail = ask(node, "GET", "/v1/actions", VIEWER).json["actions"]
    assert [(action["who"], action["action"], action["target"], action["outcome"])
            for action in trail] == [
        ("oncall", "destination.resume", "client", "done"),
        ("oncall", "destination.pause", "client", "done")], trail
    assert trail[1]["detail"] == "moving" and trail[1]["remote"] == "127.0.0.1"
