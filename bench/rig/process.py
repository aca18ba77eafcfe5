"""Processes a benchmark starts: each is ended by its id, however the benchmark ends."""

import os
import signal
import socket
import subprocess
import time

START_SECONDS = 10
STOP_SECONDS = 15
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Failed(Exception):
    """The benchmark cannot go on; the message is for the person who runs it."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(true, within, what, pause=0.005):
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            raise Failed(f"waited {within} s in vain: {what}")
        time.sleep(pause)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Process:
    """A server, from `with` to its end; another `with` starts it again. What it writes goes to
    `log`, since its last start."""

    def __init__(self, command, log):
        self.command = [str(word) for word in command]
        self.log = log

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        try:
            self.wait_started()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait_started(self):
        raise NotImplementedError

    def wait_for(self, true, what):
        """Waits for something of a start, and says what the process wrote if it ends instead."""
        def true_or_over():
            if self.process.poll() is not None:
                raise Failed(f"{self.command[0]} ended with {self.process.returncode}, before "
                             f"{what}:\n{self.log.read_text()[-2000:]}")
            return true()
        wait_until(true_or_over, START_SECONDS, what, pause=0.001)

    def cpu_seconds(self):
        """User and system time of all threads since the start."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND

    def resident_bytes(self):
        return self._memory_bytes("VmRSS")

    def resident_bytes_max(self):
        """The most it ever had since the start."""
        return self._memory_bytes("VmHWM")

    def _memory_bytes(self, which):
        with open(f"/proc/{self.process.pid}/status") as status:
            line = next(line for line in status if line.startswith(f"{which}:"))
        return int(line.split()[1]) * 1024
