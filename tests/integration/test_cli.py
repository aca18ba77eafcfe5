"""The commands: their exit codes (0 ok, 1 found a problem, 2 usage or configuration, 3 nobody
answered) and what they print."""

import json
import os
import re
import signal
import subprocess

import pytest

from harness import cli
from harness.http import post, request
from harness.senders import shop_event
from harness.settings import (
    APP_SECRET,
    SHOP_SECRET,
    SINK_SECRET,
    destination,
    route,
    settings,
    shop_source,
    whatsapp_source,
    write,
)
from harness.sink import OK, Reply
from harness.waiting import eventually

NOBODY = "http://127.0.0.1:1"  # no service listens on tcpmux


@pytest.fixture
def node(make_node, sink):
    return make_node(settings(
        sources={"shop": shop_source(), "waba": whatsapp_source()},
        destinations={"client": destination(sink.url, retry={"on_4xx": "dead"})},
        routes=[route("shop", "client"), route("waba", "client")])).start()


@pytest.fixture
def ask(node):
    """ask(command…) → the finished command, told where the node's admin API is."""
    return lambda *arguments, **more: cli.run(node.binary, *arguments,
                                              SPILLWAY_ADMIN=node.admin.url, **more)


def ingest_url(node, source):
    return "http://{}:{}/in/{}".format(*node.ingest, source)


def test_a_token_that_cannot_be_one_is_sent_nobody(node):
    for token in ("a-token-of-somebody\n", "a-token\r\nX-Other: 1", "a token"):
        # Not 3: nobody was asked.
        refused = cli.run(node.binary, "summary", SPILLWAY_ADMIN=NOBODY, SPILLWAY_TOKEN=token)
        assert refused.code == 2 and "SPILLWAY_TOKEN" in refused.err, refused
        assert token.strip() not in refused.err


def test_send_posts_what_the_source_accepts(node, sink):
    signing = ("--kind", "hmac", "--signature-header", "X-Shop-Signature",
               "--signature-prefix", "sha256=")
    one = cli.run(node.binary, "send", ingest_url(node, "shop"), *signing,
                  SPILLWAY_SEND_SECRET=SHOP_SECRET)
    assert one.code == 0 and one.out.startswith("202"), one
    many = cli.run(node.binary, "send", ingest_url(node, "waba"), "--kind", "whatsapp",
                   "--secret", APP_SECRET, "--batch", 5, "--count", 40, "--concurrency", 4,
                   "--json")
    report = json.loads(many.out)
    assert many.code == 0 and report["statuses"] == {"200": 40} and report["events"] == 200
    eventually(lambda: node.admin.counts("client")["delivered"] == 201, 10, "all delivered")
    forged = cli.run(node.binary, "send", ingest_url(node, "shop"), *signing, "--secret", "wrong")
    assert forged.code == 1 and forged.out.startswith("401"), forged
    assert cli.run(node.binary, "send", NOBODY + "/in/shop").code == 3
    assert cli.run(node.binary, "send", ingest_url(node, "shop"), "--kind", "hmac").code == 2
    assert cli.run(node.binary, "send", "--no-such-option").code == 2


def test_events_are_listed_shown_and_replayed(node, sink, ask):
    event_id = post(node.ingest, shop_event("one")).event_id
    eventually(lambda: node.admin.counts("client")["delivered"] == 1, 10, "delivered")
    listed = ask("events", "list")
    assert listed.code == 0 and event_id in listed.out
    shown = ask("events", "show", event_id)
    assert shown.code == 0 and "client: delivered" in shown.out
    assert ask("events", "show", event_id, "--body").out == shop_event("one").body.decode()
    replayed = ask("events", "replay", event_id)
    assert replayed.code == 0 and "generation 2" in replayed.out
    eventually(lambda: len(sink.by_id[event_id]) == 2, 10, "delivered again")
    assert ask("events", "show", "01890000-0000-7000-8000-000000000000").code == 1
    assert ask("events", "show", "no-id").code == 2
    assert ask("events").code == 2
    by_key = ask("events", "list", "--source", "shop", "--key", "idempotency-key:one")
    assert by_key.code == 0 and event_id in by_key.out


def test_dead_letters_are_listed_replayed_and_dropped(node, sink, ask):
    sink.respond = lambda arrival: Reply(400)
    for unit in ("one", "two", "three"):
        post(node.ingest, shop_event(unit))
    eventually(lambda: node.admin.counts("client")["dead"] == 3, 10, "all dead")
    listed = ask("dead", "list", "--json")
    letters = json.loads(listed.out)["deliveries"]
    events = [dead["event_id"] for dead in letters]
    assert listed.code == 0 and len(events) == 3
    assert {dead["last_failure"]["status"] for dead in letters} == {400}
    assert "last error" in ask("dead", "list").out
    sink.respond = lambda arrival: OK
    replayed = ask("dead", "replay", events[0])
    assert replayed.code == 0, replayed
    eventually(lambda: node.admin.counts("client")["delivered"] == 1, 10, "the replay")
    dropped = ask("dead", "drop", "--destination", "client", "--yes", "--wait")
    assert dropped.code == 0, dropped
    counts = node.admin.counts("client")
    assert (counts["dead"], counts["purged"], counts["delivered"]) == (0, 2, 1)
    assert ask("dead", "replay").code == 2


def test_destinations_are_listed_paused_and_resumed(node, sink, ask):
    assert "client" in ask("destinations", "list").out
    paused = ask("destinations", "pause", "client", "--reason", "maintenance")
    assert paused.code == 0, paused
    assert node.admin.destination("client")["pause_reason"] == "maintenance"
    post(node.ingest, shop_event("one"))
    assert node.admin.counts("client")["pending"] == 1
    assert ask("destinations", "resume", "client").code == 0
    eventually(lambda: node.admin.counts("client")["delivered"] == 1, 10, "delivered")
    assert ask("destinations", "pause", "nobody").code == 1
    attempts = ask("destinations", "attempts", "client")
    assert attempts.code == 0 and "delivered" in attempts.out, attempts
    assert len(json.loads(ask("destinations", "attempts", "client", "--json").out)["attempts"]) == 1
    assert ask("destinations", "attempts", "nobody").code == 1


def test_audit_of_a_running_and_of_a_stopped_node(node, sink, ask):
    for number in range(10):
        post(node.ingest, shop_event(f"order-{number}"))
    scanned = ask("audit", "--scan")
    assert scanned.code == 0 and "the books balance" in scanned.out, scanned
    running = cli.run(node.binary, "audit", "--data-dir", node.data_dir)
    assert running.code == 1 and running.err, running  # it belongs to the node
    assert ask("summary").code == 0
    node.stop()
    stopped = cli.run(node.binary, "audit", "--data-dir", node.data_dir)
    assert stopped.code == 0 and "10 deliveries were read" in stopped.out, stopped
    print(stopped.out)
    assert cli.run(node.binary, "audit", "--data-dir", node.directory).code == 2
    for command in (("audit",), ("summary",), ("events", "list"), ("destinations", "list")):
        assert ask(*command).code == 3, command


def test_a_token_is_wanted_where_one_is_configured(make_node, sink):
    token = "a-token-of-the-operator"
    node = make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")],
        admin={"tokens": [{"name": "oncall", "token": "${env:OPERATOR_TOKEN}"}]}))
    node.start(OPERATOR_TOKEN=token)
    assert cli.run(node.binary, "summary", SPILLWAY_ADMIN=node.admin.url).code == 2
    assert cli.run(node.binary, "summary", SPILLWAY_ADMIN=node.admin.url,
                   SPILLWAY_TOKEN=token).code == 0
    assert request(node.admin.address, "GET", "/v1/summary").status == 401
    assert request(node.admin.address, "GET", "/healthz").status == 200
    rebound = request(node.admin.address, "GET", "/v1/summary",
                      {"Host": "evil.example", "Authorization": f"Bearer {token}"})
    assert rebound.status == 403


def test_sink_verifies_counts_and_misbehaves(binary, make_node):
    process = subprocess.Popen([binary, "sink", "--port", "0", "--secret", SINK_SECRET],
                               stdout=subprocess.PIPE, text=True)
    try:
        url = re.fullmatch(r"listening on (\S+)\n", process.stdout.readline())[1]
        host, port = url.removeprefix("http://").split(":")
        sink = (host, int(port))
        node = make_node(settings(sources={"shop": shop_source()},
                                  destinations={"client": destination(url + "/hook")},
                                  routes=[route("shop", "client")])).start()
        behave = request(sink, "POST", "/behave", {"Content-Type": "application/json"},
                         json.dumps({"fail": 1, "status": 503}))
        assert behave.status == 204, behave
        post(node.ingest, shop_event("one"))
        eventually(lambda: request(sink, "GET", "/stats").json["failed"] >= 2, 10, "failures")
        request(sink, "POST", "/behave", {"Content-Type": "application/json"},
                json.dumps({"fail": 0}))
        eventually(lambda: node.admin.counts("client")["delivered"] == 1, 10, "delivered")
        stats = request(sink, "GET", "/stats").json
        print(stats)
        assert stats["distinct"] == 1 and stats["invalid_signatures"] == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()


def test_demo_shows_itself_and_ends(binary, tmp_path):
    done = cli.run(binary, "demo", "--for", "10s", timeout=40)
    print(done.out)
    assert done.code == 0, done
    assert "delivered" in done.out and "balance" in done.out


def test_a_shell_completes_commands_and_options(binary):
    def completed(*words):
        line = " ".join(f"'{word}'" for word in ("spillway", *words))
        script = (f"source <('{binary}' completion bash); COMP_WORDS=({line}); "
                  f"COMP_CWORD={len(words)}; _spillway; echo \"${{COMPREPLY[@]}}\"")
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                              check=True).stdout.split()

    assert completed("even") == ["events"]
    assert set(completed("events", "")) == {"list", "replay", "show", "tail", "--help"}
    assert completed("events", "list", "--so") == ["--source"]
    assert completed("destinations", "pause", "acme", "--rea") == ["--reason"]
    assert completed("destinations", "att") == ["attempts"]
    for shell in ("zsh", "fish"):
        done = cli.run(binary, "completion", shell)
        assert done.code == 0 and "destinations pause" in done.out
    assert cli.run(binary, "completion", "tcsh").code == 2


def test_version_and_usage(binary):
    version = cli.run(binary, "version")
    assert version.code == 0 and re.search(r"\d+\.\d+\.\d+", version.out)
    assert cli.run(binary, "--version").out == version.out
    assert cli.run(binary).code == 2
    assert cli.run(binary, "no-such-command").code == 2
    assert cli.run(binary, "--help").code == 0


def test_serve_and_check_refuse_a_bad_file_alike(binary, tmp_path):
    config = write(tmp_path / "bad.yaml", "version: 1\nsources: {}\ndestinatoins: {}\n")
    for command in ("serve", "check"):
        done = cli.run(binary, command, config)
        assert done.code == 2 and f"{config}:3:" in done.err, done
    assert cli.run(binary, "check", tmp_path / "missing.yaml").code == 2
