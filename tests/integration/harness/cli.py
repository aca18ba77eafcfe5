"""The binary's commands, run to their end."""

import os
import subprocess
from dataclasses import dataclass

TIMEOUT_SECONDS = 60


@dataclass
class Finished:
    code: int
    out: str
    err: str


def run(binary, *arguments, input=None, timeout=TIMEOUT_SECONDS, **environment):
    done = subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True,
                          input=input, timeout=timeout, env={**os.environ, **environment})
    return Finished(done.returncode, done.stdout, done.stderr)
