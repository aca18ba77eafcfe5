"""How fast the simulated tests are: what a minute of them covers."""

import resource
import subprocess

from rig.process import Failed
from rig.report import at_least

LIMIT_SECONDS = 60


def simulation(plan):
    """It has one thread; by its CPU time, which a busy machine does not lengthen much."""
    def cpu_seconds():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = cpu_seconds()
    done = subprocess.run([plan.simulation, f"--seeds=1..{plan.seeds}"], capture_output=True,
                          text=True, timeout=LIMIT_SECONDS)
    if done.returncode != 0:
        raise Failed(f"the simulation found something: {done.stdout[-500:]}{done.stderr[-500:]}")
    return [at_least("simulation, seeds on one core", plan.seeds / (cpu_seconds() - before), "/s",
                     200)]
