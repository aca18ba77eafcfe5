"""SIGTERM under load: what is under way ends, what was acknowledged stays, the next start is
quick."""

import signal
import time

from harness import cli
from harness.http import post, request
from harness.loader import Loader
from harness.oracle import judge
from harness.senders import shop_event, shop_events
from harness.settings import destination, route, settings, shop_source
from harness.sink import HANG, OK
from harness.waiting import eventually

SHUTDOWN_LIMIT = 5
START_SECONDS_MAX = 3  # alone it takes tenths; other tests may share the machine


def settings_for(sink, **more):
    return settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")], **more)


def test_a_stop_under_load_loses_nothing(make_node, sink):
    node = make_node(settings_for(sink, shutdown={"delay": "200ms", "limit": f"{SHUTDOWN_LIMIT}s"})
                     ).start()
    loader = Loader(lambda: node.ingest, shop_events("order"), connections=8).start()
    eventually(lambda: len(loader.acks) >= 500, 30, "some load")
    began = time.monotonic()
    node.stop()
    took = time.monotonic() - began
    loader.abandon()
    eventually(lambda: sink.connections == 0, 5, "the node's connections ended")
    sink.life += 1
    node.start()
    eventually(lambda: node.admin.counts("client")["pending"] == 0, 20, "the rest is delivered")
    judgement = judge(loader.acked_units(), sink)
    print(f"stopped in {took:.2f} s under load, next start {node.started_in:.3f} s; "
          f"{dict(loader.statuses)}, {loader.broken} exchanges cut off")
    print(judgement)
    assert took < SHUTDOWN_LIMIT + 2
    assert node.started_in < START_SECONDS_MAX
    assert judgement.innocent(), judgement
    assert judgement.repeats == 0  # a clean stop wrote every outcome
    assert not loader.complaints
    node.admin.audit()


def test_readiness_goes_before_the_door_closes(make_node, sink):
    node = make_node(settings_for(sink, shutdown={"delay": "1s", "limit": "5s"})).start()
    assert request(node.ingest, "GET", "/readyz").status == 200
    node.signal(signal.SIGTERM)
    eventually(lambda: request(node.ingest, "GET", "/readyz").status == 503, 1, "not ready")
    assert request(node.ingest, "GET", "/healthz").status == 200
    assert post(node.ingest, shop_event("late")).status == 202  # balancers take their time
    assert node.wait() == 0


def test_a_hanging_destination_does_not_hold_up_a_stop_beyond_the_limit(make_node, sink):
    sink.respond = lambda arrival: HANG
    node = make_node(settings_for(sink, shutdown={"delay": "0s", "limit": "1s"})).start()
    units = [f"order-{number}" for number in range(8)]
    for unit in units:
        assert post(node.ingest, shop_event(unit)).status == 202
    eventually(lambda: len(sink.arrivals) == len(units), 10, "all attempts are under way")
    began = time.monotonic()
    node.stop()
    took = time.monotonic() - began
    print(f"stopped in {took:.2f} s with {len(units)} attempts hanging")
    assert took < 4
    eventually(lambda: sink.connections == 0, 5, "the node's connections ended")
    sink.life += 1
    sink.respond = lambda arrival: OK
    node.start()
    eventually(lambda: node.admin.counts("client")["delivered"] == len(units), 30,
               lambda: node.admin.counts("client"))
    judgement = judge(set(units), sink)
    print(judgement)
    assert judgement.innocent() and judgement.repeats == len(units)
    attempts = node.admin.event(sink.arrivals[0].id)["deliveries"][0]["attempts"]
    assert [attempt["outcome"] for attempt in attempts] == ["unknown", "delivered"]


def test_starts_are_quick_with_a_backlog(make_node, sink):
    sink.down()
    node = make_node(settings_for(sink)).start()
    print(f"empty: {node.started_in:.3f} s")
    assert node.started_in < START_SECONDS_MAX
    loader = Loader(lambda: node.ingest, (shop_event(f"o-{n}") for n in range(2000))).start()
    loader.join()
    node.stop()
    node.start()
    print(f"with 2000 pending: {node.started_in:.3f} s")
    assert node.started_in < START_SECONDS_MAX
    assert node.admin.counts("client")["pending"] == 2000


def test_signals_that_come_while_the_node_starts_are_kept(make_node, sink):
    node = make_node(settings_for(sink))
    node.launch()
    node.log.wait_for("journal.recovered", 10)
    node.signal(signal.SIGHUP)
    node.log.wait_for("config.reloaded", 10)
    node.signal(signal.SIGTERM)
    assert node.wait() == 0


def test_two_nodes_do_not_share_a_data_dir(make_node, sink):
    node = make_node(settings_for(sink)).start()
    second = cli.run(node.binary, "serve", node.config_path)
    print(second.err)
    assert second.code == 1
    assert post(node.ingest, shop_event("one")).status == 202
