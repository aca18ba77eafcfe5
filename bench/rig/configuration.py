"""What the gateways are configured to be: their defaults, but for where to listen and deliver."""

OPEN = {"kind": "open"}
MEMORY = {"kind": "open", "ack": "memory"}
REPLICATED = {"kind": "open", "ack": "replicated", "on_unavailable": "refuse"}
KEPT = "1h"     # until the second attempt: longer than any measurement
PARTITIONS = 4  # of each topic


def one_destination(port, durable=OPEN, kafka=None):
    """Events posted to `durable` and `memory` go to `destination`. What waits long waits in Kafka,
    if brokers are given."""
    made = _configuration({"durable": durable, "memory": MEMORY}, {"destination": port},
                          [_route("durable", ["destination"]), _route("memory", ["destination"])])
    if kafka:
        made |= {"node": "n1", "kafka": {"brokers": kafka.bootstrap, "partitions": PARTITIONS,
                                         "replication": len(kafka.brokers)}}
    return made


def refused_first(port, wait, kafka=None):
    """As one_destination; the destination, an nginx, refuses every first attempt, and all others
    come after `wait`, which is long."""
    made = one_destination(port, kafka=kafka)
    made["destinations"]["destination"] = {
        "url": f"http://127.0.0.1:{port}/refused_first",
        "retry": {"schedule": [wait], "then_every": wait, "jitter": 0}}
    return made


def with_others(port, others):
    """Events posted to `durable` go to `destination`, those posted to `others` to each of the
    other destinations, of which names and ports are given."""
    return _configuration({"durable": OPEN, "others": MEMORY}, {"destination": port, **others},
                          [_route("durable", ["destination"]), _route("others", list(others))])


def by_content(destinations, port):
    """Events posted to `durable` go to d0, d1, …, whichever the body names."""
    names = [f"d{number}" for number in range(destinations)]
    return _configuration({"durable": OPEN}, dict.fromkeys(names, port),
                          [_route("durable", [name], when={"json": "/to", "equals": name})
                           for name in names])


def _route(source, destinations, when=None):
    return {"name": f"{source} to {destinations[0]}", "from": source, "to": destinations,
            **({"when": [when]} if when else {})}


def _configuration(sources, destinations, routes):
    return {
        "version": 1,
        "data_dir": "data",
        "listen": {"ingest": {"address": "127.0.0.1:0"}, "admin": {"address": "127.0.0.1:0"}},
        "shutdown": {"delay": "0s", "limit": "5s"},
        "egress": {"allow": ["127.0.0.0/8"]},
        "sources": sources,
        "destinations": {name: {"url": f"http://127.0.0.1:{port}/"}
                         for name, port in destinations.items()},
        "routes": routes}
