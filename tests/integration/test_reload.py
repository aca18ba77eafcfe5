"""Reload by SIGHUP while events flow: what is new counts from then on, what is bad changes nothing,
and no request fails."""

from harness.loader import Loader
from harness.oracle import judge
from harness.senders import shop_event, shop_events
from harness.settings import destination, route, settings, shop_source
from harness.waiting import eventually


def settings_with(sinks):
    """The shop's events to each of the named sinks."""
    return settings(
        sources={"shop": shop_source()},
        destinations={name: destination(sink.url) for name, sink in sinks.items()},
        routes=[route("shop", name) for name in sinks])


def test_reload_under_load(make_node, make_sink):
    first, second = make_sink(), make_sink()
    node = make_node(settings_with({"first": first}),
                     expected_errors={"config.refused"}).start()
    listen = {"ingest": {"address": "{}:{}".format(*node.ingest)},
              "admin": {"address": "{}:{}".format(*node.admin.address)}}

    def reload(sinks):
        return node.reload(settings_with(sinks) | {"listen": listen})

    loader = Loader(lambda: node.ingest, shop_events("order"), connections=6).start()

    def flow(count=200):
        target = len(loader.acks) + count
        eventually(lambda: len(loader.acks) >= target, 20, f"{count} more events")

    flow()
    assert reload({"first": first, "second": second}) is None
    flow()
    eventually(lambda: second.by_id, 10, "the new destination gets events")
    bad = {"first": first, "second": second}
    problems = node.reload(settings_with(bad) | {"listen": listen, "retention": {"daed": "1d"}})
    print("refused:", problems)
    (problem,) = problems
    assert "spillway.yaml:" in problem and 'did you mean "dead"?' in problem
    line = int(problem.split("spillway.yaml:")[1].split(":")[0])
    assert "daed" in node.config_path.read_text().splitlines()[line - 1]
    flow()
    assert reload({"second": second}) is None
    flow()
    assert reload({"first": first, "second": second}) is None
    flow()
    loader.finish()

    for name in ("first", "second"):
        eventually(lambda: node.admin.counts(name)["pending"] == 0, 20, f"{name} drained")
    report = node.admin.audit()
    units = loader.acked_units()
    reached = {name: {a.body for a in sink.arrivals} for name, sink in
               (("first", first), ("second", second))}
    everywhere = reached["first"] | reached["second"]
    print(f"{dict(loader.statuses)}; acked {len(units)}, at first {len(reached['first'])}, "
          f"at second {len(reached['second'])}; books {report['destinations']}")
    assert loader.statuses.keys() == {202} and not loader.broken and not loader.complaints
    assert len(everywhere) == len(units)  # each went somewhere
    assert len(reached["first"]) < len(units) and len(reached["second"]) < len(units)
    for name, sink in (("first", first), ("second", second)):
        judgement = judge(set(), sink)
        assert judgement.innocent(), judgement
        assert report["destinations"][name]["delivered"] == len(sink.by_id)


def test_what_waits_for_a_removed_destination_is_kept(make_node, make_sink):
    first, second = make_sink(), make_sink()
    first.down()
    node = make_node(settings_with({"first": first, "second": second})).start()
    loader = Loader(lambda: node.ingest, (shop_event(f"order-{n}") for n in range(50))).start()
    loader.join()
    assert node.reload(settings_with({"second": second})) is None
    orphan = node.admin.destination("first")
    assert orphan["orphaned"] and orphan["deliveries"]["pending"] == 50, orphan
    told = node.log.wait_for("destination.orphaned", 20)
    assert (told["destination"], told["pending"]) == ("first", 50), told
    assert node.admin.metric("spillway_orphaned_deliveries", destination="first") == 50
    first.up()
    assert node.reload(settings_with({"first": first, "second": second})) is None
    eventually(lambda: node.admin.counts("first")["delivered"] == 50, 20,
               lambda: node.admin.counts("first"))
    print(judge(loader.acked_units(), first))
    assert judge(loader.acked_units(), first).innocent()


def test_a_changed_address_is_used_by_what_waits(make_node, make_sink):
    gone, back = make_sink(), make_sink()
    gone.down()
    node = make_node(settings_with({"client": gone})).start()
    loader = Loader(lambda: node.ingest, (shop_event(f"order-{n}") for n in range(50))).start()
    loader.join()
    assert node.reload(settings_with({"client": back})) is None
    eventually(lambda: len(back.by_id) == 50, 20, "delivered to the new address")


def test_bad_files_of_every_sort_leave_the_node_as_it_was(make_node, sink):
    good = settings_with({"client": sink})
    node = make_node(good, expected_errors={"config.refused"}).start()
    for bad in ("version: 1\nsources: [", "", "version: 2\n",
                good | {"routes": [route("shop", "nobody")]},
                good | {"disk_budget": "1MiB"}):
        problems = node.reload(bad)
        print("refused:", problems)
        assert problems and all("spillway.yaml" in problem for problem in problems)
    loader = Loader(lambda: node.ingest, (shop_event(f"order-{n}") for n in range(20))).start()
    loader.join()
    assert loader.statuses == {202: 20}
    eventually(lambda: len(sink.by_id) == 20, 10, "still delivering")
