"""A server that nodes work with, as a process of the test's own: started, killed, frozen and ended
by its id. What it writes goes to a file in its directory."""

import signal
import subprocess

from harness.waiting import eventually

STOP_SECONDS = 30


class Server:
    def __init__(self, name, directory, command):
        self.name = name
        self.directory = directory
        self._command = command
        self._log = directory / f"{name}.log"
        self._process = None  # the one that is meant to run

    def launch(self):
        """Only runs the process, and waits for nothing."""
        assert not self.running(), f"{self.name} runs already"
        with open(self._log, "ab") as log:
            self._process = subprocess.Popen(self._command, cwd=self.directory, stdout=log,
                                             stderr=log, stdin=subprocess.DEVNULL)

    def await_ready(self, ready, within):
        def ready_or_ended():
            assert self.running(), f"{self.name} ended by itself:\n{self.log_tail()}"
            return ready()

        eventually(ready_or_ended, within, lambda: f"{self.name} ready:\n{self.log_tail()}")

    def meant_to_run(self):
        return self._process is not None

    def running(self):
        return self.meant_to_run() and self._process.poll() is None

    def stop(self):
        """As its operator would."""
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(STOP_SECONDS)
        self._process = None

    def kill(self):
        """Also when it is frozen."""
        self._process.kill()
        self._process.wait(STOP_SECONDS)
        self._process = None

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def dispose(self):
        """Ends it for good; what it holds is not wanted any more."""
        if self.running():
            self.kill()

    def resident_bytes(self):
        with open(f"/proc/{self._process.pid}/status") as status:
            line = next(line for line in status if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def log_tail(self, count=40):
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-count:])
