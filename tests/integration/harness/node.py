"""`spillway serve` as a process of its own: started, signalled and ended by its id."""

import os
import signal
import subprocess
import time

from harness.admin import Admin
from harness.log import Log
from harness.settings import write
from harness.waiting import eventually

START_SECONDS = 20
STOP_SECONDS = 30


class Node:
    def __init__(self, binary, directory, config, expected_errors=()):
        self.binary = binary
        self.directory = directory
        self.config_path = write(directory / "spillway.yaml", config)
        self.token = _first_token(config)
        self.data_dir = directory / "data"
        self.expected_errors = set(expected_errors)
        self.logs = []  # one per life
        self.process = None
        self._awaited = False  # the process's end, by the test
        self.ingest = None  # (address, port)
        self.admin = None
        self.started_in = None  # seconds from exec to serving

    @property
    def log(self):
        return self.logs[-1]

    def start(self, wrapper=(), **environment):
        """`wrapper`: a command that execs its arguments, run in between."""
        began = time.monotonic()
        self.launch(wrapper, environment)
        started = self.log.wait_for("node.started", START_SECONDS)
        self.started_in = time.monotonic() - began
        self.ingest = _address(started["ingest"])
        self.admin = Admin(_address(started["admin"]), self.token)
        return self

    def launch(self, wrapper=(), environment=()):
        """Only runs the process, and waits for nothing."""
        self.process = subprocess.Popen(
            [*wrapper, self.binary, "serve", self.config_path], cwd=self.directory,
            env=os.environ | dict(environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._awaited = False
        self.logs.append(Log(self.process.stderr))

    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        os.kill(self.process.pid, number)

    def wait(self, within=STOP_SECONDS):
        self._awaited = True
        code = self.process.wait(within)
        self.log.join()
        return code

    def kill(self):
        self.signal(signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL

    def stop(self):
        self.signal(signal.SIGTERM)
        assert self.wait() == 0, self.log.tail()

    def rewrite(self, content):
        return write(self.config_path, content)

    def reload(self, content):
        """The new file, SIGHUP, and the node's verdict: None, or the problems it logged."""
        done = len(self.log.records("config.reloaded"))
        refused = len(self.log.records("config.refused"))
        self.rewrite(content)
        self.signal(signal.SIGHUP)

        def verdict():
            if len(self.log.records("config.reloaded")) > done:
                return "reloaded", None
            problems = self.log.records("config.refused")[refused:]
            return problems and ("refused", [record["problem"] for record in problems])

        return eventually(verdict, START_SECONDS, "a reload that was done or refused")[1]

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            line = next(line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def open_sockets(self):
        """Of its own files it opens and closes some at any time."""
        directory = f"/proc/{self.process.pid}/fd"
        found = 0
        for number in os.listdir(directory):
            try:
                found += os.readlink(f"{directory}/{number}").startswith("socket:")
            except FileNotFoundError:  # closed since it was listed
                pass
        return found

    def dispose(self):
        """Ends the process. Returns what a test must not leave unsaid."""
        if self.process is None:
            return []
        complaints = []
        if not self._awaited and not self.running():
            complaints.append(f"ended by itself with exit code {self.wait()}")
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                code = self.wait()
            except subprocess.TimeoutExpired:
                self.kill()
                code = "nothing within its limit"
            if code != 0:
                complaints.append(f"SIGTERM was answered with exit code {code}")
        for log in self.logs:
            complaints += [f"logged as an error: {record}" for record in log.records()
                           if record["level"] == "error"
                           and record["event"] not in self.expected_errors]
        return complaints


def _first_token(config):
    """Of the admin listener; None where there are none, or the configuration is a text."""
    listen = config.get("listen", {}) if isinstance(config, dict) else {}
    return next((token["token"] for token in listen.get("admin", {}).get("tokens", ())), None)


def _address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)
