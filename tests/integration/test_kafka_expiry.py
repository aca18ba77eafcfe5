"""What waits in Kafka while its node is away, until its time is over, ends without an attempt: the
books say so."""

import time

from harness.http import post
from harness.senders import shop_event
from harness.spool import (AGAIN_WITHIN, WAIT_SECONDS, handed_over, refuse_first, spool_settings,
                           start_with_kafka)
from harness.waiting import eventually

TTL_SECONDS = WAIT_SECONDS + 4  # else the first attempt's end would be the delivery's


def test_what_expires_in_kafka_has_no_attempt_more(make_node, make_kafka, sink):
    refuse_first(sink)
    kafka = make_kafka()
    config = spool_settings(sink, kafka, "n1")
    config["destinations"]["client"]["ttl"] = f"{TTL_SECONDS}s"
    node = start_with_kafka(make_node(config))
    event_id = post(node.ingest, shop_event("late")).event_id
    accepted = time.monotonic()
    eventually(lambda: handed_over(node) == 1, 10, "handed over")
    node.stop()
    eventually(lambda: time.monotonic() > accepted + TTL_SECONDS, TTL_SECONDS + 5, "its time over")
    start_with_kafka(node)
    eventually(lambda: node.admin.counts("client")["expired"] == 1, AGAIN_WITHIN,
               lambda: node.admin.counts("client"))
    delivery = node.admin.delivery(event_id, "client")
    print(f"expired: {delivery}")
    assert len(sink.arrivals) == 1
    assert (delivery["state"], delivery["attempts_made"]) == ("expired", 1)
    assert [attempt["number"] for attempt in delivery["attempts"]] == [1]
    assert node.admin.metric("spillway_spool_attempts_total") == 0
    node.admin.audit()
