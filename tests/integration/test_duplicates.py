"""The same request twice at the same instant: one event, and no answer before it is durable."""

import asyncio

from harness.http import post
from harness.loader import Link
from harness.senders import shop_event, whatsapp_messages, whatsapp_request
from harness.settings import destination, route, settings, shop_source, whatsapp_source
from harness.waiting import eventually

ROUNDS = 300


def duplicate_settings(sink, **source_options):
    return settings(
        sources={"shop": shop_source(**source_options), "waba": whatsapp_source()},
        destinations={"client": destination(sink.url)},
        routes=[route("shop", "client"), route("waba", "client")])


def at_once(address, rounds):
    """Each of the requests on two connections at the same time; the pairs of answers. Only the last
    byte makes a request whole: it goes out on both at once, taking turns with who is first."""

    async def race(links, first, wire):
        for link in links:
            await link.write(wire[:-1])
        for link in (links[first], links[1 - first]):
            await link.write(wire[-1:])
        return [await link.read() for link in links]

    async def race_all():
        links = Link(lambda: address), Link(lambda: address)
        pairs = [await race(links, number % 2, outgoing.wire())
                 for number, outgoing in enumerate(rounds)]
        for link in links:
            link.close()
        return pairs

    return asyncio.run(race_all())


def test_two_at_once_are_one_event(make_node, sink):
    node = make_node(duplicate_settings(sink)).start()
    rounds = [shop_event(f"twice-{number}") for number in range(ROUNDS)]
    pairs = at_once(node.ingest, rounds)
    won_by_later = 0
    for number, pair in enumerate(pairs):
        assert [answer.status for answer in pair] == [202, 202]
        assert pair[0].json["event_ids"] == pair[1].json["event_ids"]
        assert [answer.headers["spillway-durability"] for answer in pair] == ["journal"] * 2
        statuses = [answer.json["status"] for answer in pair]
        assert sorted(statuses) == ["accepted", "duplicate"], statuses
        won_by_later += statuses[number % 2] == "duplicate"
    eventually(lambda: node.admin.counts("client")["delivered"] == ROUNDS, 20, "all delivered")
    print(f"{ROUNDS} rounds, the one that was later by a moment won {won_by_later}; "
          f"arrivals {len(sink.arrivals)}, duplicates counted "
          f"{node.admin.metric('spillway_duplicates_total', where='ingest'):.0f}")
    assert len(sink.arrivals) == len(sink.by_id) == ROUNDS
    assert node.admin.metric("spillway_duplicates_total", where="ingest") == ROUNDS
    assert node.admin.counts("client")["accepted"] == ROUNDS
    assert node.admin.audit()["scan"]["events"] == ROUNDS


def test_overlapping_whatsapp_batches_share_their_events(make_node, sink):
    """Each batch holds its own message and one that the other batch has, too."""
    node = make_node(duplicate_settings(sink)).start()

    async def post_pair(links, number):
        batches = [whatsapp_request(whatsapp_messages(f"wamid.shared.{number}",
                                                      f"wamid.own.{number}.{side}"))
                   for side in range(2)]
        return await asyncio.gather(*(link.exchange(batch.wire())
                                      for link, batch in zip(links, batches)))

    async def post_all():
        links = Link(lambda: node.ingest), Link(lambda: node.ingest)
        return [await post_pair(links, number) for number in range(100)]

    for pair in asyncio.run(post_all()):
        assert [answer.status for answer in pair] == [200, 200]
        assert [answer.headers["spillway-event-count"] for answer in pair] == ["2", "2"]
        assert pair[0].event_id == pair[1].event_id
        assert pair[0].body == b""
    eventually(lambda: node.admin.counts("client")["delivered"] == 300, 20,
               lambda: node.admin.counts("client"))
    print(f"100 rounds of 2 × 2 updates, 3 different: arrivals {len(sink.arrivals)}")
    assert len(sink.arrivals) == len(sink.by_id) == 300


def test_a_duplicate_after_a_kill_is_still_one(make_node, sink):
    node = make_node(duplicate_settings(sink)).start()
    first = post(node.ingest, shop_event("kept"))
    node.kill()
    node.start()
    again = post(node.ingest, shop_event("kept"))
    assert (again.status, again.json["status"]) == (202, "duplicate")
    assert again.event_id == first.event_id


def test_the_same_key_with_another_body_is_a_new_event(make_node, sink):
    node = make_node(duplicate_settings(sink)).start()
    first = post(node.ingest, shop_event("key", body=b'{"id":"one"}'))
    other = post(node.ingest, shop_event("key", body=b'{"id":"two"}'))
    assert (other.status, other.json["status"]) == (202, "accepted")
    assert other.event_id != first.event_id
    assert node.admin.metric("spillway_key_conflicts_total", source="shop") == 1


def test_the_same_key_with_another_body_is_refused_where_configured(make_node, sink):
    node = make_node(duplicate_settings(sink, on_key_conflict="422")).start()
    post(node.ingest, shop_event("key", body=b'{"id":"one"}'))
    other = post(node.ingest, shop_event("key", body=b'{"id":"two"}'))
    assert other.status == 422 and other.is_problem()
    eventually(lambda: len(sink.arrivals) == 1, 5, "the first one is delivered")
    assert node.admin.counts("client")["accepted"] == 1


def test_a_refused_request_does_not_burn_its_key(make_node, sink):
    node = make_node(duplicate_settings(sink)).start()
    good = shop_event("later")
    forged = shop_event("later", ("X-Shop-Signature", "sha256=" + "0" * 64))
    forged = type(good)(good.path, forged.headers[:2] + forged.headers[3:], good.body, good.units)
    assert post(node.ingest, forged).status == 401
    assert post(node.ingest, good).json["status"] == "accepted"
