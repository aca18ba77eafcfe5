"""The admin API against its own description: schemathesis asks a real node what admin/openapi.json
says may be asked, and more, and holds each answer to it."""

import json
import os
import subprocess
import sys

import pytest

from harness.http import post
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually

WITHIN_SECONDS = 60
# Answers by a stream that does not end; tested in test_live_stream.py.
LEFT_OUT = ("/v1/stream",)
TOKEN = "a-token-of-the-operator"


@pytest.fixture
def node(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(sink.url),
                      "absent": destination("http://127.0.0.1:1/")},
        routes=[route("shop", "client", "absent")],
        admin={"tokens": [{"name": "oncall", "token": TOKEN}]})).start()
    for number in range(5):
        post(node.ingest, shop_event(f"event-{number}"))
    return node


def test_the_api_is_what_it_says_it_is(node, tmp_path):
    report = tmp_path / "report"
    command = [
        os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run",
        node.admin.url + "/openapi.json",
        "--header", f"Authorization: Bearer {TOKEN}",
        "--max-examples", "12", "--seed", "1", "--workers", "2", "--phases", "examples,fuzzing",
        "--request-timeout", "20", "--generation-database", "none", "--no-color",
        *(option for path in LEFT_OUT for option in ("--exclude-path", path)),
        # A node may well have what an id that was made up stands for, and the other way round;
        # a session's cookie is no alternative once a token is sent.
        "--exclude-checks", "positive_data_acceptance,ignored_auth"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WITHIN_SECONDS,
                          cwd=tmp_path)
    print(done.stdout[-8000:], done.stderr[-2000:])
    assert done.returncode == 0
    # It goes on all the same, and the books balance.
    assert node.running()
    eventually(lambda: node.log.records("operator.acted"), 5, "actions on the trail")
