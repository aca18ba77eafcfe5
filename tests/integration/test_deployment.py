"""What deploy/ and docker-compose.yml ship, without a container engine: each file is taken by the
program or the schema that it is for, every configuration that is mounted passes `spillway check`,
and what stands in two places is the same in both. test_composed.py runs the parts together."""

import re
import signal
import subprocess

import kubernetes_validate
import pytest
import yaml

from harness import cli
from harness.deployment import (
    COMPOSE_FILE,
    KUBERNETES,
    ROOT,
    SYSTEMD,
    Container,
    mounts,
    objects,
    read_compose,
    seconds,
    secret_names,
)
from harness.settings import destination, route, settings, shop_source
from harness.sink import HANG
from harness.http import post
from harness.senders import shop_event
from harness.waiting import eventually

PROMTOOL = "/usr/bin/promtool"
HEALTH = ROOT / "deploy/docker/health.sh"
MAKE_SECRETS = ROOT / "deploy/compose/make_secrets.sh"
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
LAST_SYNC_SECONDS = 10  # beside what `shutdown` allows
KUBERNETES_VERSIONS = ("1.29", "1.37")  # the oldest that is claimed, the newest of the schemas
MANIFESTS = sorted(KUBERNETES.rglob("*.yaml"))
PROJECT_VERSION = re.search(r"project\(spillway VERSION (\S+)",
                            (ROOT / "CMakeLists.txt").read_text())[1]


@pytest.fixture(scope="module")
def compose():
    return read_compose()


@pytest.fixture(scope="module")
def secrets(tmp_path_factory):
    directory = tmp_path_factory.mktemp("made") / "secrets"
    subprocess.run([MAKE_SECRETS, directory], check=True)
    return directory


@pytest.fixture
def container(compose, secrets, tmp_path):
    return lambda name: Container(tmp_path / name, compose["services"][name], secrets)


def grace_needed(configuration):
    shutdown = yaml.safe_load(configuration)["shutdown"]
    return seconds(shutdown["delay"]) + seconds(shutdown["limit"]) + LAST_SYNC_SECONDS


def test_compose_reads_the_file_and_finds_a_planted_mistake(compose, tmp_path):
    assert set(compose["services"]) == {"spillway", "receiver", "kafka", "redis", "prometheus",
                                        "alertmanager", "grafana"}
    planted = tmp_path / "docker-compose.yml"
    planted.write_text(COMPOSE_FILE.read_text().replace("read_only: true", "readonly: true"))
    with pytest.raises(ValueError, match="readonly"):
        read_compose(planted)


def test_every_service_comes_back_is_watched_and_is_confined(compose):
    for name, service in compose["services"].items():
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert set(service["logging"]["options"]) == {"max-size", "max-file"}, name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), (name, port)


def test_what_is_mounted_exists_and_is_read_only(compose):
    for name, service in compose["services"].items():
        for target, source in mounts(service).items():
            if isinstance(source, str):
                assert source in compose["volumes"], (name, source)
            else:
                assert source.exists(), (name, source)
                assert f"{source}:{target}:ro" in service["volumes"], (name, target)


def test_secrets_are_files_that_the_script_makes(compose, secrets):
    made = {path.name for path in secrets.iterdir()}
    assert set(compose["secrets"]) == made
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    assert len(set(before.values())) == len(before) and all(map(str.strip, before.values()))
    subprocess.run([MAKE_SECRETS, secrets], check=True)  # changes nothing
    assert {path.name: path.read_text() for path in secrets.iterdir()} == before
    for name, service in compose["services"].items():
        for variable in service.get("environment", {}):
            if re.search("PASSWORD|SECRET|TOKEN", variable):
                assert variable.endswith("__FILE"), (name, variable)
        text = yaml.safe_dump(service) + "".join(
            source.read_text() for source in mounts(service).values()
            if not isinstance(source, str) and source.is_file())
        assert set(re.findall(r"/run/secrets/(\w+)", text)) == secret_names(service), name


def test_every_image_is_named_with_a_version(compose):
    images = [service["image"] for service in compose["services"].values()]
    for path in MANIFESTS:
        images += re.findall(r"image: (\S+)", path.read_text())
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["${DEBIAN}"] * 2
    images += re.findall(r"^ARG DEBIAN=(\S+)", DOCKERFILE, re.MULTILINE)
    assert len(images) >= 10
    for image in images:
        tag = image.rpartition("/")[2].partition(":")[2]
        assert re.match(r"v?\d", tag), image
        if image.partition(":")[0].endswith("spillway"):
            assert tag == PROJECT_VERSION, image


def test_the_composed_node_is_configured_without_a_mistake(binary, compose, container):
    node = container("spillway")
    path = node.path("/etc/spillway/spillway.yaml")
    text = path.read_text()
    path.write_text(node.translated(text))
    done = cli.run(binary, "check", path)
    print(done.out, done.err)
    assert done.code == 0
    service = compose["services"]["spillway"]
    assert seconds(service["stop_grace_period"]) >= grace_needed(text)
    assert yaml.safe_load(text)["data_dir"] in mounts(service)


def test_the_composed_prometheus_loads_the_rules(container):
    prometheus = container("prometheus")
    config = prometheus.path("/etc/prometheus/prometheus.yml")
    config.write_text(prometheus.translated(config.read_text()))
    done = subprocess.run([PROMTOOL, "check", "config", config], capture_output=True, text=True)
    print(done.stdout, done.stderr)
    assert done.returncode == 0
    shipped = sorted((ROOT / "deploy/prometheus").glob("*.rules.yaml"))
    assert len(shipped) > 1
    for rules in shipped:
        assert re.search(rf"rules/{rules.name}\n +SUCCESS: \d+ rules found", done.stdout), rules


def test_grafana_is_given_the_dashboard_and_its_data(compose, container):
    grafana = container("grafana")
    read = lambda name: yaml.safe_load(
        grafana.path(f"/etc/grafana/provisioning/{name}/spillway.yaml").read_text())
    source = read("datasources")["datasources"][0]
    assert source["type"] == "prometheus" and "prometheus" in compose["services"]
    assert source["url"] == "http://prometheus:9090"
    folder = read("dashboards")["providers"][0]["options"]["path"]
    home = compose["services"]["grafana"]["environment"][
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home.startswith(folder) and grafana.path(home).is_file()


def test_the_image_has_what_the_binary_needs(binary):
    listed = {line for line in (ROOT / "deploy/runtime-packages.txt").read_text().splitlines()
              if not line.startswith("#")}
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", subprocess.run(
        ["/usr/bin/readelf", "--dynamic", binary], capture_output=True, text=True,
        check=True).stdout))
    loaded = dict(re.findall(r"(\S+) => (\S+)", subprocess.run(
        ["/usr/bin/ldd", binary], capture_output=True, text=True, check=True).stdout))
    packages = {package_of(loaded[name]) for name in needed if name in loaded}
    in_every_debian = {"libc6", "libgcc-s1", "libstdc++6"}
    assert packages - in_every_debian == listed - {"ca-certificates"}


def package_of(library):
    """dpkg knows a library by its path before or after /lib became a link to /usr/lib."""
    for path in (library, "/usr" + library, library.removeprefix("/usr")):
        done = subprocess.run(["/usr/bin/dpkg-query", "--search", path], capture_output=True,
                              text=True)
        if done.returncode == 0:
            return done.stdout.partition(":")[0]
    raise AssertionError(f"{library} is of no package")


def test_the_health_check_tells_alive_from_ready(make_node, sink):
    node = make_node(settings(
        sources={"shop": shop_source()}, destinations={"client": destination(sink.url)},
        routes=[route("shop", "client")], shutdown={"delay": "0s", "limit": "5s"})).start()
    port = node.admin.address[1]
    healthy = lambda *words: subprocess.run([HEALTH, *map(str, words)],
                                            capture_output=True).returncode == 0
    assert healthy("/healthz", port) and healthy("/readyz", port)
    assert not healthy("/no-such-page", port)
    sink.respond = lambda arrival: HANG  # so that the stop takes a while
    assert post(node.ingest, shop_event("one")).status == 202
    eventually(lambda: sink.arrivals, 10, "the attempt")
    node.signal(signal.SIGTERM)
    eventually(lambda: not healthy("/readyz", port), 4, "not ready")
    assert healthy("/healthz", port)
    assert node.wait() == 0
    assert not healthy("/healthz", port)


@pytest.fixture
def unit(binary, tmp_path):
    """The service's file, with the binary where it is here."""
    path = tmp_path / "spillway.service"
    path.write_text((SYSTEMD / path.name).read_text()
                    .replace("/usr/local/bin/spillway", str(binary)))
    return path


def analyze(*words):
    return subprocess.run(["/usr/bin/systemd-analyze", *words], capture_output=True, text=True)


def test_systemd_reads_the_unit_and_finds_a_planted_mistake(unit):
    done = analyze("verify", "--man=no", unit)
    assert done.returncode == 0 and not done.stderr, done.stderr
    unit.write_text(unit.read_text().replace("ProtectSystem=", "ProtectSytem="))
    assert "ProtectSytem" in analyze("verify", "--man=no", unit).stderr


def test_the_unit_is_confined(unit):
    confined = ("security", "--offline=true", "--threshold=15")  # 1.5 of 10
    done = analyze(*confined, unit)
    assert done.returncode == 0, done.stdout
    unit.write_text(unit.read_text().replace("CapabilityBoundingSet=\n", ""))
    assert analyze(*confined, unit).returncode != 0


def test_the_services_configuration_has_no_mistake(binary, unit, tmp_path):
    text = (SYSTEMD / "spillway.yaml").read_text()
    (tmp_path / "spillway.yaml").write_text(text)
    (tmp_path / "secrets").mkdir()
    for name in re.findall(r"\$\{file:secrets/(\w+)\}", text):
        secret = "whsec_" + "QUFB" * 8 if name.endswith("_key") else "a-secret-of-the-test"
        (tmp_path / "secrets" / name).write_text(secret + "\n")
    done = cli.run(binary, "check", tmp_path / "spillway.yaml")
    assert done.code == 0, done.err
    said = dict(re.findall(r"^(\w+)=(.*)$", unit.read_text(), re.MULTILINE))
    assert seconds(said["TimeoutStopSec"]) >= grace_needed(text)
    assert yaml.safe_load(text)["data_dir"] == "/var/lib/" + said["StateDirectory"]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_kubernetes_has_a_schema_for_it(path):
    found = objects(path)
    assert found
    for manifest in found:
        for version in KUBERNETES_VERSIONS:
            kubernetes_validate.validate(manifest, version, strict=True)


def test_the_schemas_find_a_planted_mistake():
    nodes = objects(KUBERNETES / "nodes.yaml")[0]
    nodes["spec"]["template"]["spec"]["terminationGracePeriodSecond"] = 60
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(nodes, KUBERNETES_VERSIONS[-1], strict=True)


@pytest.fixture
def cluster():
    """{kind/name: object}"""
    return {f"{found['kind']}/{found['metadata']['name']}": found
            for path in MANIFESTS for found in objects(path)}


def test_pods_are_configured_without_a_mistake(binary, cluster, tmp_path):
    text = cluster["ConfigMap/spillway"]["data"]["spillway.yaml"]
    given = cluster["Secret/spillway"]["stringData"]
    pod = cluster["StatefulSet/spillway"]["spec"]["template"]["spec"]
    places = {mount["name"]: mount["mountPath"]
              for mount in pod["containers"][0]["volumeMounts"]}
    for name, value in given.items():
        (tmp_path / name).write_text(value)
    assert set(re.findall(r"\$\{file:" + places["secrets"] + r"/(\w+)\}", text)) == set(given)
    config = tmp_path / "spillway.yaml"
    config.write_text(text.replace(places["secrets"], str(tmp_path)))
    named = {variable["name"] for variable in pod["containers"][0]["env"]}
    assert set(re.findall(r"\$\{env:(\w+)\}", text)) == named
    job = cluster["Job/spillway-2-hand-over"]["spec"]["template"]["spec"]
    assert {variable["name"] for variable in job["containers"][0]["env"]} == named
    done = cli.run(binary, "check", config, SPILLWAY_NODE="spillway-0", SPILLWAY_ADDRESS="10.0.0.1")
    print(done.out, done.err)
    assert done.code == 0
    read = yaml.safe_load(text)
    assert read["data_dir"] == places["journal"]
    assert pod["terminationGracePeriodSeconds"] >= grace_needed(text)
    claim = cluster["StatefulSet/spillway"]["spec"]["volumeClaimTemplates"][0]
    room = claim["spec"]["resources"]["requests"]["storage"]
    assert int(room.removesuffix("Gi")) > int(read["disk_budget"].removesuffix("GiB"))


def test_manifests_name_what_there_is(cluster):
    nodes = cluster["StatefulSet/spillway"]["spec"]
    template, job = nodes["template"], cluster["Job/spillway-2-hand-over"]["spec"]["template"]
    labels = template["metadata"]["labels"].items()
    for name in ("Service/spillway", "Service/spillway-nodes"):
        assert cluster[name]["spec"]["selector"].items() <= labels
        ports = {port["name"] for port in template["spec"]["containers"][0]["ports"]}
        assert {port["targetPort"] for port in cluster[name]["spec"]["ports"]} <= ports
    for selecting in (nodes, cluster["PodDisruptionBudget/spillway"]["spec"]):
        assert selecting["selector"]["matchLabels"].items() <= labels
        assert not selecting["selector"]["matchLabels"].items() <= (
            job["metadata"]["labels"].items())
    assert f"Service/{nodes['serviceName']}" in cluster
    user = re.search(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    for pod in (template["spec"], job["spec"]):
        confined = pod["securityContext"]
        assert (confined["runAsUser"], confined["fsGroup"]) == (int(user[1]), int(user[2]))
        assert pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"]
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        assert volumes["configuration"]["configMap"]["name"] == "spillway"
        assert volumes["secrets"]["secret"]["secretName"] == "spillway"
    probes = template["spec"]["containers"][0]
    assert probes["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert probes["livenessProbe"]["httpGet"]["path"] == "/healthz"
    claim = nodes["volumeClaimTemplates"][0]["metadata"]["name"]
    node = job["spec"]["containers"][0]["env"][0]["value"]
    assert {volume["persistentVolumeClaim"]["claimName"] for volume in job["spec"]["volumes"]
            if "persistentVolumeClaim" in volume} == {f"{claim}-{node}"}


def test_prometheus_takes_the_example_for_kubernetes(tmp_path):
    """But for its discovery of pods, with which Debian's Prometheus is not built."""
    config = yaml.safe_load((KUBERNETES / "prometheus.example.yml").read_text())
    job = config["scrape_configs"][0]
    assert job.pop("kubernetes_sd_configs")[0]["role"] == "pod"
    job["static_configs"] = [{"targets": ["10.0.0.1:8081"]}]
    job["authorization"]["credentials_file"] = str(tmp_path / "token")
    (tmp_path / "token").write_text("a token")
    path = tmp_path / "prometheus.yml"
    path.write_text(yaml.safe_dump(config))
    done = subprocess.run([PROMTOOL, "check", "config", path], capture_output=True, text=True)
    assert done.returncode == 0 and job["job_name"] == "spillway", done.stderr
