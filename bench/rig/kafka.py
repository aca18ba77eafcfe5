"""What Kafka costs and gives, with brokers of the run's own on the same cores: what senders notice
of it, and how fast what failed goes there and comes again."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rig import brokers, load
from rig.configuration import KEPT, PARTITIONS, REPLICATED, one_destination, refused_first
from rig.gateway import Gateway
from rig.nginx import Nginx
from rig.process import Failed, wait_until
from rig.report import Figure, beside

ACK_RATE = 300         # events per second
GROWTH_MAX = 1.5       # of an ack's p99, whatever Kafka does
BREAK_AFTER = 1.5      # seconds into a load, of which the first is not counted
FROZEN_LONGER = 7      # so that hand-overs fail under load, which they do after 10 s
OPEN_SECONDS = 60      # until a gateway hands over
NOTICED_SECONDS = 30   # until it knows that Kafka is away, or back
SETTLE_SECONDS = 2     # for brokers and gateways that have just come together
WAIT = "31s"           # little more than what stays local
EVENT_BYTES = 1024
STILL_SECONDS = 1      # without another hand-over: there was the last
HANDED_SHARE_MIN = 0.5
RETRIED_SHARE = 0.9
RETRIED_SECONDS = 90   # the 31 s included
LOOK_SECONDS = 0.05
HANDED_OVER, ATTEMPTED = "spillway_spool_handoff_total", "spillway_spool_attempts_total"
HOPS = "spillway_spool_hops_total"

CONDITIONS = {"up": "handing over to Kafka", "frozen": "Kafka frozen", "killed": "Kafka killed"}


def kafka_acks(plan):
    """Durable acks at a constant rate, of events whose destination fails every delivery, so that
    all are handed over: while Kafka takes them, as it freezes, as it is killed. Beside a gateway
    without Kafka under the same load, in turns. Then acks that wait for copies with two of three
    brokers, of events that are delivered at once."""
    acks = {"without": [], **{condition: [] for condition in CONDITIONS}}
    with (Nginx(plan.directory / "acks_sink") as sink,
          Gateway(plan.spillway, plan.directory / "without",
                  refused_first(sink.port, KEPT)) as without,
          brokers.kafka(plan.directory / "acks_kafka") as kafka,
          Gateway(plan.spillway, plan.directory / "with",
                  refused_first(sink.port, KEPT, kafka)) as gateway):
        _wait_open(gateway)
        for _ in range(plan.kafka_rounds):
            time.sleep(SETTLE_SECONDS)
            acks["without"].append(_acks(plan, without))
            acks["up"].append(_handing_over(plan, gateway))
            acks["without"].append(_acks(plan, without))
            acks["frozen"].append(_frozen(plan, gateway, kafka))
            acks["killed"].append(_killed(plan, gateway, kafka))
    acks["replicated"] = list(_replicated(plan))
    return _ack_figures(acks)


def _handing_over(plan, gateway):
    before = _handed_over(gateway)
    acks = _acks(plan, gateway)
    handed, events = _handed_over(gateway) - before, ACK_RATE * plan.kafka_seconds
    if handed < events * HANDED_SHARE_MIN:
        raise Failed(f"of {events} deliveries that failed {handed:.0f} were handed over to Kafka; "
                     "a figure for that would mean nothing")
    return acks


def _frozen(plan, gateway, kafka):
    acks = _acks(plan, gateway, FROZEN_LONGER, kafka.brokers[1].freeze)
    _wait_up(gateway, 0)
    kafka.brokers[1].thaw()
    _wait_up(gateway, 1)
    return acks


def _killed(plan, gateway, kafka):
    acks = _acks(plan, gateway, 0, kafka.brokers[1].kill)
    _wait_up(gateway, 0)
    kafka.brokers[1].start()
    with brokers.tests_failing():
        kafka.await_brokers()
    _wait_up(gateway, 1)
    return acks


def _replicated(plan):
    with (Nginx(plan.directory / "copies_sink") as sink,
          brokers.kafka(plan.directory / "copies_kafka", nodes=3) as kafka,
          Gateway(plan.spillway, plan.directory / "copies",
                  one_destination(sink.port, REPLICATED, kafka)) as gateway):
        _wait_open(gateway)
        _wait_logged(gateway, "lease.taken")
        time.sleep(SETTLE_SECONDS)
        for _ in range(plan.kafka_rounds):
            yield _acks(plan, gateway)


def _acks(plan, gateway, longer=0, breaking=None):
    """The latencies' quantiles. What breaks does so under load."""
    with ThreadPoolExecutor(max_workers=1) as background:
        acks = background.submit(load.acks_at_rate, plan.round_trip, gateway.port, "/in/durable",
                                 ACK_RATE, plan.kafka_seconds + longer, warm_up=1)
        if breaking:
            time.sleep(BREAK_AFTER)
            breaking()
        return acks.result()


def _ack_figures(acks):
    def median(condition, quantile):
        return statistics.median(measured[quantile] for measured in acks[condition]) * 1e3

    figures = []
    for name, ratio_max in (("p50", None), ("p99", GROWTH_MAX)):
        alone = median("without", name)
        told = f"durable ack at {ACK_RATE}/s, {{}}, {name}".format
        figures += [
            Figure(told("without Kafka"), alone, "ms"),
            *(beside(told(words), median(condition, name), "ms", "without Kafka", alone,
                     ratio_max=ratio_max) for condition, words in CONDITIONS.items()),
            beside(f"ack: replicated at {ACK_RATE}/s, three brokers, {name}",
                   median("replicated", name), "ms", "durable, without Kafka", alone)]
    return figures


def kafka_spool(plan):
    """Events come as fast as they are accepted, each delivery is refused at first and taken 31 s
    later. How many a second go to Kafka, from the first post to the last hand-over; and are
    attempted from there again, from the first attempt until nine in ten are. Beside what kcat
    writes to the same broker and reads from it, as a producer and a consumer of nothing else."""
    with (Nginx(plan.directory / "spool_sink") as sink,
          brokers.kafka(plan.directory / "spool_kafka") as kafka,
          Gateway(plan.spillway, plan.directory / "spool",
                  refused_first(sink.port, WAIT, kafka)) as gateway):
        _wait_open(gateway)
        plain = brokers.Plain(kafka, plan.directory, 2 * plan.kafka_events, PARTITIONS)
        rounds = [plain.round() for _ in range(plan.kafka_rounds)]
        written, read = map(statistics.median, zip(*rounds))
        time.sleep(SETTLE_SECONDS)
        handed, accepted_in, handed_in = _hand_over(plan, gateway)
        attempted, delivered = _retried(plan, gateway, handed)
        put_off = gateway.metrics().total(HOPS)
    return [Figure(f"{plan.kafka_events:,} events of which each fails: accepted",
                   plan.kafka_events / accepted_in, "/s"),
            beside(f"{handed:,.0f} of them handed over to Kafka", handed / handed_in, "/s",
                   "kcat -P, acks=all", written),
            beside(f"attempted again from Kafka, once due ({put_off:,.0f} put off by 30 s)",
                   attempted, "/s", "kcat -C", read),
            Figure("all of them delivered, by the books", delivered, "/s")]


def _hand_over(plan, gateway):
    """How many were handed over, and the seconds until all were accepted and until that."""
    began = time.monotonic()
    load.fill(plan.spillway, gateway.port, "/in/durable", plan.kafka_events, EVENT_BYTES)
    accepted_in = time.monotonic() - began
    last = Look.now(_handed_over(gateway))

    def is_still():
        nonlocal last
        look = Look.now(_handed_over(gateway))
        if look.count > last.count:
            last = look
        return look.at - last.at > STILL_SECONDS
    wait_until(is_still, OPEN_SECONDS, "hand-overs come to an end", pause=LOOK_SECONDS)
    return last.count, accepted_in, max(last.at - began, accepted_in)


@dataclass
class Look:
    at: float
    count: float

    @classmethod
    def now(cls, count):
        return cls(time.monotonic(), count)


def _retried(plan, gateway, handed):
    """Attempts a second made for what was handed over; deliveries a second in the books, of which
    some never went to Kafka."""
    attempts, deliveries = Pace(handed), Pace(plan.kafka_events)

    def are_done():
        attempts.look(gateway.metrics().total(ATTEMPTED))
        deliveries.look(gateway.deliveries()["delivered"])
        return attempts.done and deliveries.done
    wait_until(are_done, RETRIED_SECONDS, "what was handed over is attempted and delivered",
               pause=LOOK_SECONDS)
    return attempts.per_second, deliveries.per_second


class Pace:
    """From the last look that saw none to the first that sees nine in ten."""

    def __init__(self, everything):
        self._wanted = everything * RETRIED_SHARE
        self._first = self._last = Look.now(0)

    @property
    def done(self):
        return self._last.count >= self._wanted

    @property
    def per_second(self):
        return self._last.count / (self._last.at - self._first.at)

    def look(self, count):
        if self.done:
            return
        self._last = Look.now(count)
        if count == 0:
            self._first = self._last


def _handed_over(gateway):
    return gateway.metrics().total(HANDED_OVER, 'result="handed_over"')


def _wait_open(gateway):
    _wait_logged(gateway, "spool.open")
    _wait_up(gateway, 1)


def _wait_logged(gateway, event):
    wait_until(lambda: f'"{event}"' in gateway.log.read_text(), OPEN_SECONDS,
               f"the gateway says {event}", pause=LOOK_SECONDS)


def _wait_up(gateway, up):
    wait_until(lambda: gateway.metrics().total("spillway_kafka_up") == up, NOTICED_SECONDS,
               f"spillway_kafka_up is {up}", pause=LOOK_SECONDS)
