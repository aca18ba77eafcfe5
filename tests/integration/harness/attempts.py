"""What the node says of its attempts, held against what the sink saw of them."""

from collections import Counter


def explain_attempts(node, destination, event_ids, sink):
    """For deliveries that have arrived at last, at a sink that answers 200 to all it gets: fails
    where an attempt is miscounted, was made twice, arrived though nothing is said to have been
    sent, or was repeated though its outcome was known. Returns how many had which outcome."""
    told = Counter()
    for event_id in event_ids:
        delivery = node.admin.delivery(event_id, destination)
        outcomes = [attempt["outcome"] for attempt in delivery["attempts"]]
        arrived = [arrival.attempt for arrival in sink.by_id[event_id]]
        story = (destination, delivery, arrived)
        told.update(outcomes)
        assert delivery["state"] == "delivered" and outcomes[-1] == "delivered", story
        assert delivery["attempts_made"] == len(outcomes), story
        numbers = [attempt["number"] for attempt in delivery["attempts"]]
        assert numbers == list(range(1, len(outcomes) + 1)), story
        assert len(set(arrived)) == len(arrived) and len(outcomes) in arrived, story
        for number in arrived:
            last = number == len(outcomes)
            assert outcomes[number - 1] == ("delivered" if last else "unknown"), story
    counted = {outcome: node.admin.metric("spillway_attempts_total", destination=destination,
                                          outcome=outcome) for outcome in told}
    assert counted == told, (destination, counted, told)
    return told
