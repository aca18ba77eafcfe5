"""What a run says: each figure beside its limit or peer from the same run, its budget, and
whether it meets it."""

import json
import os
import platform
from dataclasses import asdict, dataclass


@dataclass
class Figure:
    name: str
    value: float
    unit: str
    beside: str = ""             # what the limit or peer is, with its value
    ratio: float | None = None   # value / that
    budget: str = ""
    meets: bool | None = None    # None: no budget, told for comparison


def at_most(name, value, unit, limit, **more):
    return Figure(name, value, unit, budget=f"≤ {_number(limit)} {unit}", meets=value <= limit,
                  **more)


def at_least(name, value, unit, limit, **more):
    return Figure(name, value, unit, budget=f"≥ {_number(limit)} {unit}", meets=value >= limit,
                  **more)


def beside(name, value, unit, peer, peer_value, *, ratio_min=None, ratio_max=None):
    """A figure whose budget, if any, is a ratio to its peer's."""
    ratio = value / peer_value
    figure = Figure(name, value, unit, f"{peer}: {_number(peer_value)} {unit}", ratio)
    if ratio_min is not None:
        figure.budget, figure.meets = f"≥ {ratio_min} of it", ratio >= ratio_min
    if ratio_max is not None:
        figure.budget, figure.meets = f"≤ {ratio_max} of it", ratio <= ratio_max
    return figure


def _number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


_VERDICTS = {True: "meets", False: "misses", None: "–"}


def table(figures):
    rows = [("figure", "value", "beside, same run", "ratio", "budget", "verdict")]
    for figure in figures:
        rows.append((figure.name, f"{_number(figure.value)} {figure.unit}", figure.beside or "–",
                     "–" if figure.ratio is None else f"{figure.ratio:.2f}",
                     figure.budget or "–", _VERDICTS[figure.meets]))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows)


def machine():
    with open("/proc/cpuinfo") as cpus:
        model = next((line.partition(":")[2].strip() for line in cpus
                      if line.startswith("model name")), platform.machine())
    loads = " ".join(f"{load:.2f}" for load in os.getloadavg())
    return (f"{len(os.sched_getaffinity(0))} cores ({model}), Linux {platform.release()}; "
            f"load average {loads}")


def write_json(path, command, machine_line, figures):
    path.write_text(json.dumps({"command": command, "machine": machine_line,
                                "figures": [asdict(figure) for figure in figures]}, indent=2,
                               ensure_ascii=False) + "\n")
