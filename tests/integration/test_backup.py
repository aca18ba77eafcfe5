"""`spillway backup` of a node under load, and a start from the copy."""

import shutil

from harness import cli
from harness.loader import Loader
from harness.senders import shop_events, units_of
from harness.settings import destination, route, settings, shop_source
from harness.sink import Reply
from harness.waiting import eventually

BEFORE = 500
AFTER = 500


def settings_for(client, held):
    return settings(
        sources={"shop": shop_source()},
        destinations={"client": destination(client.url), "held": destination(held.url)},
        routes=[route("shop", "client", "held")])


def backed_up(binary, node, to, *options):
    return cli.run(binary, "backup", to, *options, SPILLWAY_ADMIN=node.admin.url)


def no_checkpoint_stands(node):
    return not list((node.data_dir / "checkpoint").iterdir())


def units(sink):
    return {unit for arrival in list(sink.arrivals) for unit in units_of(arrival.body)}


def test_a_node_starts_from_a_backup_taken_under_load(make_node, make_sink, binary, tmp_path):
    """All that was acknowledged before the backup is in it, what was pending is delivered from it,
    and the node it was taken from did not notice."""
    client, held = make_sink(), make_sink()
    held.respond = lambda arrival: Reply(503)
    node = make_node(settings_for(client, held)).start()
    loader = Loader(lambda: node.ingest, shop_events("order"), connections=8).start()
    eventually(lambda: len(loader.acks) >= BEFORE, 30, "some load")
    before = set(loader.acked_units())
    to = tmp_path / "backup"
    done = backed_up(binary, node, to)
    assert done.code == 0, done.err
    taken_at = len(loader.acks)
    eventually(lambda: len(loader.acks) >= taken_at + AFTER, 30, "load goes on")
    loader.finish()
    assert set(loader.statuses) == {202}
    assert no_checkpoint_stands(node)
    node.admin.audit()
    node.stop()

    proven = cli.run(binary, "audit", "--data-dir", to)
    assert proven.code == 0, proven.out + proven.err

    # Elsewhere, with destinations that see nothing but what comes from it.
    again, late = make_sink(), make_sink()
    restored = make_node(settings_for(again, late))
    shutil.copytree(to, restored.data_dir)
    restored.start()
    counts = restored.admin.counts("held")
    eventually(lambda: restored.admin.counts("held")["pending"] == 0, 60, "what waited went out")
    print(f"acked before {len(before)}, in all {len(loader.acked_units())}, in the backup "
          f"{counts['accepted']}, of which {len(units(late))} were delivered from it; {done.out}")
    assert before <= units(late) <= set(loader.acked_units())
    assert len(units(late)) == counts["accepted"]
    restored.admin.audit()


def test_a_backup_that_was_cut_off_is_replaced(make_node, sink, binary, tmp_path):
    node = make_node(settings_for(sink, sink)).start()
    node.admin.post("/v1/checkpoint")
    refused = backed_up(binary, node, tmp_path / "backup")
    assert refused.code != 0
    assert "--replace" in refused.err
    assert backed_up(binary, node, tmp_path / "backup", "--replace").code == 0
    assert no_checkpoint_stands(node)
    assert [action["action"] for action in node.admin.ask("GET", "/v1/actions").json["actions"]
            ] == ["checkpoint.remove", "checkpoint.make", "checkpoint.make", "checkpoint.make"]
