"""Kafka's brokers as the integration tests run them, and what those need beside bench/run's own."""

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from rig.process import Failed

ROOT = Path(__file__).resolve().parents[2]
KCAT = Path("/usr/bin/kcat")
JARS = ROOT / "build/kafka"
PACKAGES = ROOT / "build/venv/lib/python{}.{}/site-packages".format(*sys.version_info)
KCAT_SECONDS = 60
MESSAGE_BYTES = 1024


def require():
    """Asked only where a measurement with Kafka is chosen."""
    for what, there in (("Kafka", any(JARS.glob("kafka_*.jar"))),
                        ("Kafka's client for Python", (PACKAGES / "confluent_kafka").is_dir()),
                        ("Java 17", any(Path("/usr/lib/jvm").glob("java-17-openjdk-*/bin/java"))),
                        ("kcat", KCAT.exists())):
        if not there:
            raise Failed(f"{what} is not installed, which kafka-acks and kafka-spool want: "
                         "./dev setup --test")


@contextmanager
def kafka(directory, nodes=1):
    """From `with` to its end; who is in between may break it."""
    directory.mkdir()
    brokers = None
    try:
        with tests_failing():
            brokers = _kind()(directory, nodes)
            brokers.start()
        yield brokers
    finally:
        if brokers:
            brokers.dispose()


@contextmanager
def tests_failing():
    """What fails in the tests' harness fails a benchmark."""
    try:
        yield
    except AssertionError as error:
        raise Failed(str(error)) from error


def _kind():
    """After the search path leads there, which other measurements do without."""
    for path in (ROOT / "tests/integration", PACKAGES):
        if str(path) not in sys.path:
            sys.path.append(str(path))
    from harness.kafka import Kafka
    return Kafka


class Plain:
    """A topic that nothing but kcat writes and reads: what librdkafka does with these brokers,
    asking for as much as Spillway's own producer does."""

    def __init__(self, brokers, directory, messages, partitions):
        self._brokers, self._messages, self._partitions = brokers, messages, partitions
        self._content = directory / "messages"
        self._content.write_text(f"{'x' * MESSAGE_BYTES}\n" * messages)
        self._rounds = 0

    def round(self):
        """Messages per second written and acknowledged by all, and read again, each from kcat's
        start to its end. Each round has a topic of its own."""
        self._rounds += 1
        topic = f"plain-{self._rounds}"
        self._brokers.create_topic(topic, self._partitions)
        written = _timed(["-P", "-b", self._brokers.bootstrap, "-t", topic, "-X", "acks=all",
                          "-X", "enable.idempotence=true", "-X", "linger.ms=5",
                          "-l", self._content])
        read = _timed(["-C", "-b", self._brokers.bootstrap, "-t", topic, "-q", "-e",
                       "-o", "beginning", "-f", "."], self._messages)
        return self._messages / written, self._messages / read


def _timed(arguments, expected_bytes=0):
    began = time.monotonic()
    done = subprocess.run([KCAT, *arguments], capture_output=True, timeout=KCAT_SECONDS)
    took = time.monotonic() - began
    if done.returncode != 0 or len(done.stdout) != expected_bytes:
        raise Failed(f"kcat {arguments[0]} ended with {done.returncode}, {len(done.stdout)} "
                     f"messages read: {done.stderr.decode()[-500:]}")
    return took
