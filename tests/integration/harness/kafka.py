"""Apache Kafka as processes of the test's own: one node or three, each a broker and a controller,
on loopback addresses where their ports are free. What the servers acknowledged outlives a kill, as
it does in the world. `./dev setup --test` installs it, at the version that kafka/pom.xml pins."""

import base64
import json
import pathlib
import random
import socket
import subprocess
import uuid
from dataclasses import dataclass

from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from harness.certificates import make_certificate
from harness.server import Server
from harness.waiting import eventually

LIBRARIES = pathlib.Path(__file__).resolve().parents[3] / "build/kafka"
READER = "/usr/bin/kcat"
PORT, CONTROLLER_PORT, SECURE_PORT = 9092, 9093, 9094
START_SECONDS = 60
ANSWER_SECONDS = 20
# A heap that three of them can have, and a compiler and a collector that are soon up to speed.
JAVA_OPTIONS = ["-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS"]
# Small and quick, where Kafka's own figures are for a data centre.
SETTINGS = {
    "auto.create.topics.enable": "false",
    "broker.heartbeat.interval.ms": 500,
    "broker.session.timeout.ms": 3000,
    "group.initial.rebalance.delay.ms": 0,
    "log.cleaner.dedupe.buffer.size": 2 << 20,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.num.partitions": 4,
}
USER, PASSWORD = "spillway", "a password of the tests"


@dataclass
class Partition:
    leader: int  # -1: none
    replicas: list
    in_sync: list


@dataclass
class Topic:
    partitions: dict  # number -> Partition
    settings: dict    # Kafka's names and texts, defaults included


@dataclass
class Record:
    partition: int
    offset: int
    timestamp: int  # milliseconds; the broker's when the topic says LogAppendTime
    key: bytes
    value: bytes
    headers: list   # of (name, bytes), in their order


class Kafka:
    """`settings` are the brokers' own, with _ for a dot. With `secure` they also listen at
    `secure_bootstrap`, for clients with `secure_properties`: TLS, and SASL SCRAM over it."""

    name = "Kafka"

    def __init__(self, directory, nodes=1, secure=False, **settings):
        network = f"127.{random.randrange(1, 255)}.{random.randrange(255)}"
        self.hosts = {number: f"{network}.{number}" for number in range(1, nodes + 1)}
        self.bootstrap = self._addresses(PORT)
        self._cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        self._certificate = make_certificate(directory, *self.hosts.values()) if secure else None
        self.brokers = {number: Broker(number, directory, self._properties(number, settings))
                        for number in self.hosts}
        # Quick to find a broker that came back, and silent about one that is away.
        self._admin = AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 2,
                                   "reconnect.backoff.max.ms": 200})

    @property
    def secure_bootstrap(self):
        return self._addresses(SECURE_PORT)

    @property
    def secure_properties(self):
        """As librdkafka names them."""
        return {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": USER, "sasl.password": PASSWORD,
                "ssl.ca.location": str(self._certificate.certificate)}

    def start(self):
        formatting = [broker.format(self._cluster, self._certificate is not None)
                      for broker in self.brokers.values()]
        said = [process.communicate(timeout=START_SECONDS)[0] for process in formatting]
        for process, output in zip(formatting, said):
            assert process.returncode == 0, output.decode()
        for broker in self.brokers.values():
            broker.launch()
        self.await_brokers()
        return self

    def await_brokers(self, *numbers, within=START_SECONDS):
        """Until each of these, by default those that were not stopped, says that they are the
        cluster, and that every partition has one of them as its leader."""
        def together():
            expected = set(numbers) or {number for number, broker in self.brokers.items()
                                        if broker.meant_to_run()}
            for broker in map(self.brokers.get, expected):
                assert broker.running(), f"{broker.name} ended by itself:\n{broker.log_tail()}"
            seen = map(self._as_seen_by, expected)
            return all(members == expected and leaders <= expected for members, leaders in seen)

        eventually(together, within, lambda: f"the brokers together:\n{self.log_tail()}")

    def create_topic(self, name, partitions=1, replicas=None, **settings):
        """With as many replicas as there are nodes by default; `settings` with _ for a dot."""
        topic = NewTopic(name, partitions, replicas or len(self.brokers), config=_dotted(settings))
        self._admin.create_topics([topic])[name].result(ANSWER_SECONDS)
        eventually(lambda: len(self._partitions(name)) == partitions, ANSWER_SECONDS,
                   f"the topic {name}")

    def topics(self):
        return set(self._admin.list_topics(timeout=ANSWER_SECONDS).topics)

    def describe(self, name):
        resource = ConfigResource(ResourceType.TOPIC, name)
        entries = self._admin.describe_configs([resource])[resource].result(ANSWER_SECONDS)
        return Topic({number: Partition(found.leader, found.replicas, found.isrs)
                      for number, found in self._partitions(name).items()},
                     {key: entry.value for key, entry in entries.items()})

    def read(self, topic, committed=True):
        """All that kcat finds in the topic, by partition and offset; with `committed` nothing of
        transactions that are open or were aborted."""
        isolation = "read_committed" if committed else "read_uncommitted"
        done = subprocess.run(
            [READER, "-C", "-q", "-J", "-e", "-o", "beginning", "-b", self.bootstrap, "-t", topic,
             "-X", f"isolation.level={isolation}"], capture_output=True, timeout=ANSWER_SECONDS)
        assert done.returncode == 0, done.stderr.decode()
        records = map(_record, done.stdout.splitlines())
        return sorted(records, key=lambda record: (record.partition, record.offset))

    def log_tail(self):
        return "\n".join(f"{broker.name}:\n{broker.log_tail(20)}"
                         for broker in self.brokers.values())

    def dispose(self):
        for broker in self.brokers.values():
            broker.dispose()

    def _as_seen_by(self, number):
        """Members and leaders as one broker knows them, which may be out of date; none while it
        does not answer."""
        host = self.hosts[number]
        try:
            socket.create_connection((host, PORT), timeout=1).close()
        except OSError:
            return set(), set()
        done = subprocess.run([READER, "-L", "-J", "-m", "1", "-b", f"{host}:{PORT}"],
                              capture_output=True)
        if done.returncode != 0:
            return set(), set()
        seen = json.loads(done.stdout)
        return ({broker["id"] for broker in seen["brokers"]},
                {partition["leader"] for topic in seen["topics"]
                 for partition in topic["partitions"]})

    def _partitions(self, name):
        return self._admin.list_topics(name, timeout=ANSWER_SECONDS).topics[name].partitions

    def _addresses(self, port):
        return ",".join(f"{host}:{port}" for host in self.hosts.values())

    def _properties(self, number, settings):
        host, replicas = self.hosts[number], len(self.hosts)
        listeners = {"PLAINTEXT": PORT} | ({"SECURE": SECURE_PORT} if self._certificate else {})
        advertised = [f"{name}://{host}:{port}" for name, port in listeners.items()]
        properties = SETTINGS | {
            "process.roles": "broker,controller",
            "node.id": number,
            "controller.quorum.voters": ",".join(
                f"{voter}@{address}:{CONTROLLER_PORT}" for voter, address in self.hosts.items()),
            "listeners": ",".join([*advertised, f"CONTROLLER://{host}:{CONTROLLER_PORT}"]),
            "advertised.listeners": ",".join(advertised),
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map":
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL",
            "default.replication.factor": replicas,
            "min.insync.replicas": (replicas + 1) // 2,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": (replicas + 1) // 2,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": (replicas + 1) // 2,
        }
        if self._certificate is not None:
            properties |= _secure_listener(self._certificate)
        return properties | _dotted(settings)


class Broker(Server):
    def __init__(self, number, directory, properties):
        self.number = number
        self._properties = directory / f"broker-{number}.properties"
        properties = properties | {"log.dirs": directory / f"broker-{number}"}
        self._properties.write_text(
            "".join(f"{name}={value}\n" for name, value in properties.items()))
        super().__init__(f"broker-{number}", directory,
                         [*_java(), "kafka.Kafka", self._properties])

    def start(self):
        """Again, with what it had. Kafka.await_brokers() waits for it."""
        self.launch()

    def format(self, cluster, with_user):
        """Kafka's storage tool, running."""
        command = [*_java(), "kafka.tools.StorageTool", "format",
                   f"--cluster-id={cluster}",  # which may begin with a dash
                   "--config", self._properties]
        if with_user:
            command += ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def _java():
    """Debian's, whatever is in the PATH."""
    program = next(pathlib.Path("/usr/lib/jvm").glob("java-17-openjdk-*/bin/java"))
    return [program, *JAVA_OPTIONS, "-cp", f"{LIBRARIES}/*"]


def _secure_listener(certificate):
    chain = certificate.certificate.with_name("key-and-certificate.pem")
    chain.write_text(certificate.key.read_text() + certificate.certificate.read_text())
    module = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return {"listener.name.secure." + name: value for name, value in {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "scram-sha-512.sasl.jaas.config": module,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": chain,
    }.items()}


def _dotted(settings):
    return {name.replace("_", "."): str(value) for name, value in settings.items()}


def _record(line):
    """kcat writes bytes into its JSON as they are; Latin-1 makes each a character and back."""
    found = json.loads(line.decode("latin-1"))
    headers = found.get("headers", [])
    return Record(found["partition"], found["offset"], found["ts"], _bytes(found["key"]),
                  _bytes(found["payload"]),
                  [(name, _bytes(value)) for name, value in zip(headers[::2], headers[1::2])])


def _bytes(text):
    return None if text is None else text.encode("latin-1")
