"""The parts of docker-compose.yml together, as processes of this machine instead of containers: the
node, Redis, Kafka, receiver and Prometheus with the files and secrets that the compose file gives
them, and its commands where they are a shell's; at other addresses instead of the services' names.
"""

import os
import random
import re
import subprocess

import pytest

from harness import cli
from harness.deployment import ROOT, Container, mounts, read_compose
from harness.http import request
from harness.name_server import NameServer
from harness.prometheus import Prometheus
from harness.senders import hmac_sha256
from harness.server import Server
from harness.waiting import eventually

MAKE_SECRETS = ROOT / "deploy/compose/make_secrets.sh"
# Where nothing listens: a node does without.
NOBODY = {"@redis:6379": "@127.0.0.1:1", "kafka:9092": "127.0.0.1:1"}
PLACES = ("listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs")
START_SECONDS = 20


@pytest.fixture(scope="module")
def compose():
    return read_compose()


@pytest.fixture
def secrets(tmp_path):
    subprocess.run([MAKE_SECRETS, tmp_path / "secrets"], check=True)
    return tmp_path / "secrets"


@pytest.fixture
def container(compose, secrets, tmp_path):
    return lambda name: Container(tmp_path / name, compose["services"][name], secrets)


@pytest.fixture
def run_service(compose, binary, tmp_path):
    """run_service(name, container, {text: instead}) → the service's shell command, running."""
    running = []
    path = f"{binary.parent}:{os.environ['PATH']}"

    def run(name, container, **instead):
        service = compose["services"][name]
        assert service["entrypoint"] == ["/bin/sh", "-ec"]
        command = container.translated(unescaped(service["command"][0]), **instead)
        server = Server(name, tmp_path, ["/usr/bin/env", f"PATH={path}", "/bin/sh", "-ec", command])
        running.append(server)
        server.launch()
        return server

    yield run
    for server in running:
        server.dispose()


def unescaped(text):
    return text.replace("$$", "$")


def test_kafka_is_where_the_others_look(compose):
    service = compose["services"]["kafka"]
    properties = properties_of(service)
    assert properties["advertised.listeners"] == "PLAINTEXT://kafka:9092"
    assert properties["log.dirs"] in mounts(service)
    assert len(service["environment"]["CLUSTER_ID"]) == 22


def properties_of(service):
    text = (mounts(service)["/mnt/shared/config"] / "server.properties").read_text()
    return dict(re.findall(r"^([a-z.]+)=(.*)$", text, re.MULTILINE))


def test_the_parts_work_together(compose, container, run_service, make_node, make_kafka, secrets):
    host = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.77"
    properties = properties_of(compose["services"]["kafka"])
    kafka = make_kafka(**{name.replace(".", "_"): value for name, value in properties.items()
                          if name not in PLACES})

    redis = container("redis")
    redis.path("/data").mkdir()
    config = redis.path("/etc/redis/redis.conf")
    config.write_text(redis.translated(config.read_text(), **{"0.0.0.0": host}))
    served = run_service("redis", redis)
    check = compose["services"]["redis"]["healthcheck"]["test"]
    assert check[0] == "CMD-SHELL"
    healthy = redis.translated(unescaped(check[1]), **{"redis-cli": f"redis-cli -h {host}"})
    served.await_ready(lambda: subprocess.run(["/bin/sh", "-c", healthy]).returncode == 0,
                       START_SECONDS)

    receiver = run_service("receiver", container("receiver"), **{"0.0.0.0": host})
    receiver.await_ready(lambda: "listening on" in receiver.log_tail(), START_SECONDS)

    node = start_node(container("spillway"), make_node, **{
        "10.0.0.0/8": "127.0.0.0/8", "receiver:8090": f"{host}:8090", "@redis:": f"@{host}:",
        "kafka:9092": kafka.bootstrap})
    node.log.wait_for("spool.open", 40)

    body = b'{"order":1}'
    signature = hmac_sha256((secrets / "shop_secret").read_text(), body)
    for path, headers in (("/in/shop", {"X-Shop-Signature": signature, "X-Shop-Delivery": "1"}),
                          ("/in/hello", {})):
        answer = request(node.ingest, "POST", path,
                         {"Content-Type": "application/json", **headers}, body)
        assert answer.status == 202, answer
    stats = lambda: request((host, 8090), "GET", "/stats").json
    eventually(lambda: stats()["distinct"] == 2, 10, stats)
    assert stats()["invalid_signatures"] == 0

    token = (secrets / "operator_token").read_text()
    assert cli.run(node.binary, "summary", SPILLWAY_ADMIN=node.admin.url).code == 2
    summary = cli.run(node.binary, "summary", SPILLWAY_ADMIN=node.admin.url, SPILLWAY_TOKEN=token)
    print(summary.out)
    assert summary.code == 0
    metrics = request(node.admin.address, "GET", "/metrics",
                      {"Authorization": f"Bearer {token}"}).body.decode()
    assert re.search(r"^spillway_redis_up 1$", metrics, re.MULTILINE)
    assert re.search(r"^spillway_kafka_up 1$", metrics, re.MULTILINE)
    assert re.search(r'^spillway_claims_total\{result="won"\} 1$', metrics, re.MULTILINE)


def start_node(here, make_node, expected_errors=(), **instead):
    text = here.path("/etc/spillway/spillway.yaml").read_text()
    here.path("/var/lib/spillway").mkdir(parents=True)
    return make_node(here.translated(text, **{
        "0.0.0.0:8080": "127.0.0.1:0", "0.0.0.0:8081": "127.0.0.1:0", "delay: 5s": "delay: 0s",
        **instead}), expected_errors).start()


@pytest.fixture
def name_server():
    server = NameServer()
    yield server
    server.close()


def test_prometheus_finds_the_node_by_its_name(container, make_node, name_server, tmp_path):
    node = start_node(container("spillway"), make_node, ("kafka.down", "redis.down"), **NOBODY)
    here = container("prometheus")
    config = here.path("/etc/prometheus/prometheus.yml")
    config.write_text(here.translated(config.read_text(), **{
        "8081": str(node.admin.address[1]), "15s": "500ms"}))
    name_server.answers["spillway"] = ("127.0.0.1",)
    directory = tmp_path / "scraping"
    directory.mkdir()
    prometheus = Prometheus(directory, config, name_server.wrapper(directory))
    try:
        eventually(lambda: prometheus.ask('up{job="spillway",instance="spillway"} == 1'), 15,
                   lambda: prometheus.ask("up"))
    finally:
        prometheus.close()
