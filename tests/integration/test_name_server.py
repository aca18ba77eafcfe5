"""Names that cannot be found out, move, or turn to where nothing may be sent: only those who have
them wait, and every address of every answer is judged."""

import socket

import pytest

from harness.attempts import explain_attempts
from harness.http import post
from harness.lags import Lags, describe
from harness.loader import Loader
from harness.name_server import NO_SUCH_NAME, SERVER_FAILURE, SILENT, NameServer
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

EVENTS = 200
ATTEMPT_SECONDS = 1
TIMEOUT = {"connect": "1s", "total": f"{ATTEMPT_SECONDS}s"}
NAME = "client.example.test"


@pytest.fixture
def name_server():
    server = NameServer()
    yield server
    server.close()


@pytest.fixture
def start(make_node, name_server, tmp_path):
    """start(destinations) → a node that sends every event to all of them."""

    def start(**destinations):
        return make_node(settings(sources={"shop": shop_source()}, destinations=destinations,
                                  routes=[route("shop", *destinations)])).start(
                                      name_server.wrapper(tmp_path))

    return start


def send(node, *units):
    event_ids = []
    for unit in units:
        answer = post(node.ingest, shop_event(unit))
        assert answer.status == 202, answer
        event_ids.append(answer.event_id)
    return event_ids


def test_a_name_server_that_fails_holds_up_only_those_who_need_it(start, make_sink, name_server):
    failing = {"silent": (SILENT, "name server"),
               "failing": (SERVER_FAILURE, "name servers failed"),
               "missing": (NO_SUCH_NAME, "no address is known")}
    healthy, sinks = make_sink(), {name: make_sink() for name in failing}
    for name, (answer, _) in failing.items():
        name_server.answers[f"{name}.example.test"] = answer
    node = start(healthy=destination(healthy.url), **{
        name: destination(f"http://{name}.example.test:{sink.port}/hook", timeout=TIMEOUT)
        for name, sink in sinks.items()})
    timed = Lags(shop_event(f"event-{number}") for number in range(EVENTS))
    loader = Loader(lambda: node.ingest, timed, connections=2).start()
    loader.join()
    eventually(lambda: len(healthy.by_id) == EVENTS, 10,
               lambda: f"{len(healthy.by_id)} of {EVENTS} delivered to the healthy one")
    lags = timed.at(healthy)
    print(f"healthy: {describe(lags)}; questions: {name_server.questions}")
    assert lags[1] < 0.3
    event_ids = [ack.event_id for ack in loader.acks]
    for name, (_, complaint) in failing.items():
        first = eventually(lambda: node.admin.delivery(event_ids[0], name)["attempts"], 10,
                           f"an attempt at the {name} one that ended")[0]
        print(f"{name}: {first}")
        assert first["outcome"] == "deferred" and first["status"] is None
        assert complaint in first["error"]
        assert first["took_seconds"] < ATTEMPT_SECONDS + 0.5
        assert not sinks[name].arrivals

    for name in failing:
        name_server.answers[f"{name}.example.test"] = ("127.0.0.1",)
    for name, sink in sinks.items():
        eventually(lambda: node.admin.counts(name)["delivered"] == EVENTS, 60,
                   lambda: (name, node.admin.counts(name)))
        outcomes = explain_attempts(node, name, event_ids, sink)
        print(f"{name}: {dict(outcomes)}, {len(sink.arrivals)} arrivals")
        assert outcomes["deferred"] > 0
        # An answer after long silence may leave an attempt too little of its time.
        assert outcomes["unknown"] == 0 or name == "silent"
    node.admin.audit()


def test_a_destination_that_moves_is_followed(start, make_sink, name_server):
    before = make_sink()
    after = make_sink(address="127.0.0.2", port=before.port)
    name_server.answers[NAME] = ("127.0.0.1",)
    node = start(client=destination(f"http://{NAME}:{before.port}/hook"))
    send(node, *(f"before-{number}" for number in range(10)))
    eventually(lambda: len(before.by_id) == 10, 10, "delivered where it was")
    before.down()
    name_server.answers[NAME] = ("127.0.0.2",)
    moved = send(node, *(f"after-{number}" for number in range(10)))
    eventually(lambda: node.admin.counts("client")["delivered"] == 20, 20,
               lambda: node.admin.counts("client"))
    print(f"questions: {name_server.questions}; first delivered where it went with attempt "
          f"{after.arrivals[0].attempt}")
    assert set(after.by_id) == set(moved) and len(after.arrivals) == len(moved)
    node.admin.audit()


def test_a_name_that_turns_to_a_forbidden_address_is_refused_each_time(start, make_sink,
                                                                       name_server):
    sink = make_sink()
    sink.respond = lambda arrival: Reply(headers={"Connection": "close"}, sized=False)
    name_server.answers[NAME] = ("127.0.0.1",)
    node = start(client=destination(f"http://{NAME}:{sink.port}/hook",
                                    egress={"allow": ["127.0.0.1/32"]}))
    event_ids = []

    def send_one(unit):
        event_ids.extend(send(node, unit))

    def delivered():
        eventually(lambda: node.admin.counts("client")["pending"] == 0, 10, "all delivered")

    def refused_attempts():
        attempts = node.admin.delivery(event_ids[-1], "client")["attempts"]
        return [attempt for attempt in attempts if "127.0.0.2" in (attempt["error"] or "")]

    with socket.create_server(("127.0.0.2", sink.port)) as forbidden:
        forbidden.setblocking(False)
        for turn in ("first", "second"):
            send_one(f"allowed-{turn}")
            delivered()
            name_server.answers[NAME] = ("127.0.0.2",)
            # What was answered before may still be believed for a second: only then is it refused.
            eventually(lambda: send_one(f"forbidden-{len(event_ids)}") or refused_attempts(), 10,
                       "a refused attempt")
            refused = eventually(lambda: len(refused_attempts()) > 1 and refused_attempts(), 10,
                                 "refused again")
            print(refused[0])
            assert {attempt["outcome"] for attempt in refused} == {"deferred"}
            assert "loopback" in refused[0]["error"]
            # Among several, the allowed one is taken.
            name_server.answers[NAME] = ("127.0.0.2", "127.0.0.1")
            delivered()
            name_server.answers[NAME] = ("127.0.0.1",)
        with pytest.raises(BlockingIOError):
            forbidden.accept()
    outcomes = explain_attempts(node, "client", event_ids, sink)
    print(dict(outcomes))
    assert set(outcomes) == {"deferred", "delivered"}
    assert len(sink.arrivals) == len(event_ids)
    node.admin.audit()
