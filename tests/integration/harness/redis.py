"""redis-server as a process of the test's own, on a loopback address where its port is free. It
keeps nothing on disk: a kill empties it, as a flush does."""

import random
import subprocess
from urllib.parse import quote

from harness.certificates import make_certificate
from harness.server import Server

PROGRAM, CLIENT = "/usr/bin/redis-server", "/usr/bin/redis-cli"
PORT = 6379
START_SECONDS = 20
ANSWER_SECONDS = 10


class Redis(Server):
    """`options` are redis-server's own, with _ for -. With `tls` it speaks nothing else."""

    def __init__(self, directory, password=None, tls=False, **options):
        self.host, self.port = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.63", PORT
        self.password = password
        self.certificate = make_certificate(directory, self.host) if tls else None
        options = {"bind": self.host, "maxmemory": "64mb", "maxmemory_policy": "noeviction",
                   "save": "", "appendonly": "no", **self._listening(), **options}
        words = [word for name, value in options.items()
                 for word in ("--" + name.replace("_", "-"), str(value))]
        super().__init__(f"redis at {self.host}", directory, [PROGRAM, *words])

    def start(self):
        """Where it was before, if it was killed or stopped."""
        self.launch()
        self.await_ready(self._answers, START_SECONDS)
        return self

    @property
    def url(self):
        """As a node is told it."""
        scheme = "redis" if self.certificate is None else "rediss"
        user = "" if self.password is None else f":{quote(self.password, safe='')}@"
        return f"{scheme}://{user}{self.host}:{self.port}"

    def flush(self):
        assert self.ask("FLUSHALL") == "OK"

    def ask(self, *words):
        """What redis-cli prints as the answer, one line for each element."""
        done = subprocess.run([*self._client(), *map(str, words)], capture_output=True, text=True,
                              timeout=ANSWER_SECONDS, check=True)
        return done.stdout.removesuffix("\n")

    def _listening(self):
        options = {} if self.password is None else {"requirepass": self.password}
        if self.certificate is None:
            return options | {"port": PORT}
        return options | {"port": 0, "tls_port": PORT, "tls_auth_clients": "no",
                          "tls_cert_file": self.certificate.certificate,
                          "tls_key_file": self.certificate.key,
                          "tls_ca_cert_file": self.certificate.certificate}

    def _client(self):
        command = [CLIENT, "-h", self.host, "-p", str(PORT), "-e"]
        if self.password is not None:
            command += ["--no-auth-warning", "-a", self.password]
        if self.certificate is not None:
            command += ["--tls", "--cacert", self.certificate.certificate]
        return command

    def _answers(self):
        try:
            return self.ask("PING") == "PONG"
        except subprocess.CalledProcessError:
            return False
