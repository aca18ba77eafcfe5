"""Runs of the adapter to Kafka alone (kafka/adapter, a gtest program): starts one case, does to the
broker what it asks for, and has what it left in the topics."""

import os
import pathlib
import subprocess
import threading

import confluent_kafka
from confluent_kafka.admin import AdminClient

ROOT = pathlib.Path(__file__).resolve().parents[3]
ADAPTER = os.environ.get("KAFKA_ADAPTER", ROOT / "build/release/bin/kafka_adapter")
CASE_SECONDS = 120


class AdapterCase:
    """A run of one gtest case, in topics of its own."""

    def __init__(self, kafka, prefix, brokers=None, properties=None):
        self.kafka = kafka
        self.prefix = prefix
        self._environment = os.environ | {
            "KAFKA_BROKERS": brokers or kafka.bootstrap, "KAFKA_PREFIX": prefix,
            "KAFKA_PROPERTIES": "\n".join(
                f"{name}={value}" for name, value in (properties or {}).items())}
        self.output = ""  # of all its runs

    def run(self, name):
        process = subprocess.Popen([ADAPTER, f"--gtest_filter={name}"], env=self._environment,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        timer = threading.Timer(CASE_SECONDS, process.kill)
        timer.start()
        try:
            for line in process.stdout:  # until it has ended
                self.output += line
                if line.startswith("ask: "):
                    self._do(line.removeprefix("ask: ").strip())
                    process.stdin.write("done\n")
                    process.stdin.flush()
        finally:
            timer.cancel()
            process.kill()
            process.wait()
        assert process.returncode == 0, self.output
        assert "1 test from" in self.output, self.output
        return self

    def read(self, topic):
        return self.kafka.read(f"{self.prefix}-{topic}")

    def _do(self, what):
        broker = self.kafka.brokers[1]
        if what == "stop":
            broker.stop()
        elif what == "start":
            broker.start()
            self.kafka.await_brokers()
        elif what == "freeze":
            broker.freeze()
        elif what == "thaw":
            broker.thaw()
        elif what == "delete the first two of the ledger":
            self._delete_until(f"{self.prefix}-ledger", 1, 2)
        elif what == "delete the first four of the retry topic":
            self._delete_until(f"{self.prefix}-retry-30000", 0, 4)
        else:
            raise AssertionError(f"nobody knows how to: {what}")

    def _delete_until(self, topic, partition, offset):
        admin = AdminClient({"bootstrap.servers": self.kafka.bootstrap})
        end = confluent_kafka.TopicPartition(topic, partition, offset)
        for done in admin.delete_records([end]).values():
            done.result(CASE_SECONDS)
