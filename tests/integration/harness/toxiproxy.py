"""Toxiproxy as a process of the test's own: links between the node and its sinks that are made bad
and good again. `./dev setup --test` installs it, at the version that toxiproxy.txt pins."""

import json
import pathlib
import random
import subprocess

from harness.http import request
from harness.waiting import eventually

PROGRAM = pathlib.Path(__file__).resolve().parents[3] / "build/toxiproxy/server"
API_PORT = 8474
# Which way a toxic works.
THERE, BACK = "upstream", "downstream"


class Toxiproxy:
    def __init__(self):
        # A loopback address of its own, where the port is free.
        self._api = (f"127.{random.randrange(1, 255)}.{random.randrange(255)}.84", API_PORT)
        self._process = subprocess.Popen(
            [PROGRAM, "-host", self._api[0], "-port", str(API_PORT)], stdout=subprocess.DEVNULL)
        eventually(self._answers, 10, f"{PROGRAM} serving at {self._api}")

    def link(self, name, sink):
        """A new link to the sink, good at first."""
        return Link(self._ask, name, sink)

    def close(self):
        self._process.terminate()
        self._process.wait()

    def _answers(self):
        try:
            return request(self._api, "GET", "/version").status == 200
        except ConnectionRefusedError:
            return False

    def _ask(self, method, path, content=None):
        answer = request(self._api, method, path, body=content and json.dumps(content))
        assert 200 <= answer.status < 300, (method, path, answer)
        return answer.body and answer.json


class Link:
    def __init__(self, ask, name, sink):
        self._ask, self._path = ask, f"/proxies/{name}"
        proxy = ask("POST", "/proxies", {"name": name, "listen": "127.0.0.1:0", "enabled": True,
                                         "upstream": f"127.0.0.1:{sink.port}"})
        self.url = f"http://{proxy['listen']}/hook"
        # Where it listens is kept, so that it comes back there after cut().
        self._listen = proxy["listen"]

    def spoil(self, kind, way, **attributes):
        self._ask("POST", f"{self._path}/toxics",
                  {"type": kind, "stream": way, "attributes": attributes})

    def cut(self):
        """Connections are refused, and those there are end."""
        self._ask("POST", self._path, {"enabled": False, "listen": self._listen})

    def heal(self):
        for toxic in self._ask("GET", self._path)["toxics"]:
            self._ask("DELETE", f"{self._path}/toxics/{toxic['name']}")
        self._ask("POST", self._path, {"enabled": True, "listen": self._listen})
