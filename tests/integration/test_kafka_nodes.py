"""Two nodes that share a Kafka: what one handed over the other delivers, and what is asked of one
holds on both."""

import dataclasses

from harness.loader import Loader
from harness.senders import shop_event
from harness.settings import destination, route, settings, shop_source
from harness.spool import (AGAIN_WITHIN, LONG_RETRY, RETRY_PARTITIONS, arrived, attempts_of,
                           await_delivered, handed_over, kafka_section, partitions_of,
                           refuse_first, repeats, settled, start_cluster, start_with_kafka)
from harness.waiting import eventually

EVENTS = 300
ERASED = 10
TO_HELD = 40
# What is paused when its turn comes waits for a minute, and no node tells it when that is over.
AFTER_PAUSE_WITHIN = 60 + 30 + 20


def two_destinations(client, held, kafka, name):
    return settings(
        sources={"shop": shop_source(), "second": shop_source()},
        destinations={"client": destination(client.url, retry=LONG_RETRY),
                      "held": destination(held.url, retry=LONG_RETRY)},
        routes=[route("shop", "client"), route("second", "held")], node=name,
        kafka=kafka_section(kafka))


def send(node, prefix, count, path="/in/shop"):
    requests = (dataclasses.replace(shop_event(f"{prefix}-{number}"), path=path)
                for number in range(count))
    loader = Loader(lambda: node.ingest, requests, connections=8).start()
    loader.join(30)
    assert loader.statuses == {202: count}
    return loader.acked_units()


def is_paused(node, name):
    return node.admin.destination(name)["state"] == "paused"


def erase(node, units):
    """Soon: what waits is due half a minute after it failed."""
    for unit in sorted(units):
        asked = node.admin.ask("POST", "/v1/purge",
                               {"filter": {"source": "shop", "idempotency_key": unit}})
        assert asked.status == 202, asked
    eventually(lambda: node.admin.counts("client")["purged"] == len(units), 10, "all are erased")


def test_what_a_dead_node_handed_over_and_asked_for_holds(make_node, make_kafka, make_sink):
    """The owner of 340 deliveries in Kafka erases ten, pauses a destination and dies. The other
    delivers what is to be delivered, and the owner finds it in its books when it is back."""
    kafka, client, held = make_kafka(), make_sink(), make_sink()
    refuse_first(client)
    refuse_first(held)
    owner, other = start_cluster(
        make_node, lambda name: two_destinations(client, held, kafka, name), ("n1", "n2"))
    units = send(owner, "client", EVENTS)
    erased = send(owner, "erased", ERASED)
    held_units = send(owner, "held", TO_HELD, path="/in/second")
    everything = EVENTS + ERASED + TO_HELD
    eventually(lambda: handed_over(owner) == everything, 20,
               lambda: f"{handed_over(owner)} handed over")
    erase(owner, erased)
    owner.admin.pause("held")
    eventually(lambda: is_paused(other, "held"), 10, "the pause is known to the other node")
    voids = [record for record in kafka.read("spillway-control") if b"client" in record.key]
    assert len(voids) == ERASED
    owner.kill()

    eventually(lambda: partitions_of(other) == RETRY_PARTITIONS, 30, "the other has its share")
    eventually(lambda: arrived(client).keys() == units, AGAIN_WITHIN,
               lambda: f"{len(arrived(client))} delivered by the other node")
    eventually(lambda: other.admin.metric("spillway_spool_hops_total") >= TO_HELD, 30,
               "what is for the paused destination waits on")
    assert not arrived(held)
    # An attempt counts when its answer is read, which is after the client took it.
    eventually(lambda: attempts_of(other) >= EVENTS, 10,
               lambda: f"{attempts_of(other):.0f} attempted by the other node")
    attempted = attempts_of(other)

    # The owner is back: it learns all of this, and attempts none of it again.
    start_with_kafka(owner)
    await_delivered(owner, EVENTS)
    assert is_paused(owner, "held")
    other.admin.resume("held")
    eventually(lambda: not is_paused(owner, "held"), 10, "the resumption is known to the owner")
    await_delivered(owner, TO_HELD, "held", within=AFTER_PAUSE_WITHIN)
    books = settled("client", owner, other)
    held_books = settled("held", owner, other)
    seen = arrived(client) + arrived(held)
    print(f"acked {everything}, delivered {len(seen)}, erased {books['purged']}, lost "
          f"{len((units | held_units) - seen.keys())}, repeated {seen.total() - len(seen)}, "
          f"by cause as counted {repeats(owner, other)}; attempted by the other node "
          f"{attempted:.0f}")
    assert arrived(client) == dict.fromkeys(units, 1)
    assert arrived(held) == dict.fromkeys(held_units, 1)
    assert attempted == EVENTS
    assert (books["delivered"], books["purged"], books["pending"]) == (EVENTS, ERASED, 0)
    assert (held_books["delivered"], held_books["pending"]) == (TO_HELD, 0)
    # What can have been cut off by a kill is counted by its start, as an upper bound.
    assert repeats(owner, other).keys() <= {"crash"}
