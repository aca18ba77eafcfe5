"""What deployment files say, and the files of a container laid out on this machine."""

import pathlib
import re
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
COMPOSE_FILE = ROOT / "docker-compose.yml"
COMPOSE = "/usr/bin/docker-compose"
KUBERNETES = ROOT / "deploy/kubernetes"
SYSTEMD = ROOT / "deploy/systemd"
_UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600}


def seconds(text):
    """A duration of Spillway's, of compose's or of systemd's, which may have no unit."""
    parts = re.findall(r"(\d+)(ms|s|m|h)?", str(text))
    return sum(int(count) * _UNITS[unit or "s"] for count, unit in parts)


def read_compose(path=COMPOSE_FILE):
    """The compose file as docker-compose understands it; ValueError with what it says of a
    mistake. It asks no engine for that."""
    done = subprocess.run([COMPOSE, "--file", path, "config"], capture_output=True, text=True)
    if done.returncode != 0:
        raise ValueError(done.stderr)
    return yaml.safe_load(done.stdout)


def mounts(service):
    """{path in the container: path here, or the name of a volume}"""
    found = {}
    for mount in service.get("volumes", ()):
        source, target, _ = mount.rsplit(":", 2)
        found[target] = pathlib.Path(source) if source.startswith("/") else source
    return found


def secret_names(service):
    return {secret if isinstance(secret, str) else secret["source"]
            for secret in service.get("secrets", ())}


def objects(path):
    """The Kubernetes objects of a file."""
    return [found for found in yaml.safe_load_all(path.read_text()) if found]


class Container:
    """A service's bind mounts and secrets under `directory`, at their paths in the container."""

    def __init__(self, directory, service, secrets):
        self.directory = directory
        for target, source in mounts(service).items():
            if isinstance(source, pathlib.Path):
                self._copy(source, target)
        for name in secret_names(service):
            self._copy(secrets / name, f"/run/secrets/{name}")

    def path(self, target):
        return self.directory / target.lstrip("/")

    def translated(self, text, **names):
        """With the container's paths as they are here, and with other texts for `names`."""
        paths = r"(?<![\w/.])(?=/(?:run/secrets|etc|var/lib|data)\b)"
        text = re.sub(paths, str(self.directory), text)
        for name, instead in names.items():
            assert name in text, (name, text)
            text = text.replace(name, instead)
        return text

    def _copy(self, source, target):
        where = self.path(target)
        where.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, where)
        else:
            shutil.copy(source, where)
