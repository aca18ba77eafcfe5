"""A reload, and who may ask the admin listener: tokens change at once, and what was begun with
others ends. What only a restart changes is said by the answer, by the configuration shown and by
the command."""

import json

import pytest

from harness import cli
from harness.http import request
from harness.listener import Listener
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

ONCALL = {"name": "oncall", "token": "a-token-of-the-operator"}
BOARD = {"name": "board", "role": "viewer", "token": "a-token-to-look-with"}
RENEWED = {"name": "oncall", "token": "another-token-of-the-operator"}


@pytest.fixture
def configuration(sink):
    def make(*tokens, address="127.0.0.1:0", **more):
        return settings(
            sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
            routes=[route("shop", "client")],
            admin={"address": address, "tokens": list(tokens)}, **more)

    return make


@pytest.fixture
def start(make_node):
    return lambda content: make_node(content, expected_errors=("config.refused",)).start()


def test_tokens_change_at_once_and_what_was_begun_with_others_ends(start, configuration):
    node = start(configuration(ONCALL, BOARD))

    def status(token, path="/v1/summary"):
        return node.admin.ask("GET", path, token=token["token"]).status

    begun = request(node.admin.address, "POST", "/v1/session", {"Content-Type": "application/json"},
                    json.dumps({"token": ONCALL["token"]}))
    cookie = {"Cookie": begun.headers["set-cookie"].partition(";")[0]}
    streams = {name: Listener(node.admin.address, token=token["token"])
               for name, token in (("oncall", ONCALL), ("board", BOARD))}
    assert all("200" in stream.head() for stream in streams.values())
    assert node.reload(configuration(RENEWED, BOARD)) is None
    assert (status(ONCALL), status(RENEWED), status(BOARD)) == (401, 200, 200)
    assert request(node.admin.address, "GET", "/v1/session", cookie).status == 401
    streams["oncall"].drain()  # to its end
    assert streams["board"].event()
    withdrawn = node.log.wait_for("tokens.withdrawn", 5)
    assert (withdrawn["sessions_ended"], withdrawn["streams_ended"]) == (1, 1), withdrawn
    for stream in streams.values():
        stream.close()


def test_a_reload_over_the_api_takes_the_token_it_was_asked_with(start, configuration):
    node = start(configuration(ONCALL))
    node.rewrite(configuration(RENEWED))
    answer = node.admin.post("/v1/config/reload")
    assert answer == {"status": "reloaded", "needs_restart": []}
    assert node.admin.ask("GET", "/v1/summary").status == 401
    trail = node.admin.ask("GET", "/v1/actions", token=RENEWED["token"]).json["actions"]
    assert (trail[0]["action"], trail[0]["who"]) == ("config.reload", "oncall")


def test_a_listener_that_others_reach_keeps_its_token(start, configuration):
    node = start(configuration(ONCALL, address="0.0.0.0:0"))
    node.admin.address = ("127.0.0.1", node.admin.address[1])
    for bad in (configuration(address="0.0.0.0:0"), configuration()):
        (problem,) = node.reload(bad)
        print(problem)
        assert "token" in problem
        assert request(node.admin.address, "GET", "/v1/summary").status == 401
        assert node.admin.get("/v1/summary")
    assert node.admin.get("/v1/config")["last_reload"]["ok"] is False


def test_what_needs_a_restart_is_named(start, configuration):
    node = start(configuration(ONCALL))
    started = configuration(ONCALL)
    node.rewrite(started | {"threads": 1, "memory": {"ingest": "32MiB"}})
    waiting = ["threads", "memory.ingest"]
    assert node.admin.post("/v1/config/reload")["needs_restart"] == waiting
    done = cli.run(node.binary, "config", "reload", SPILLWAY_ADMIN=node.admin.url,
                   SPILLWAY_TOKEN=ONCALL["token"])
    assert done.code == 0 and "until a restart: threads, memory.ingest" in done.out, done
    eventually(lambda: len(node.log.records("config.needs_restart")) == 4, 5, "the keys in the log")
    # What was refused since does not change that.
    assert node.reload("version: 2\n")
    told = node.admin.get("/v1/config")["last_reload"]
    assert not told["ok"] and told["needs_restart"] == waiting, told
    node.rewrite(started)
    assert node.admin.post("/v1/config/reload")["needs_restart"] == []
