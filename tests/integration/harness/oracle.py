"""The judge: knows what senders had acknowledged and what sinks saw, nothing of the node itself,
and says what was lost, doubled, altered or invented."""

from collections import defaultdict
from dataclasses import dataclass, field

from harness.senders import units_of


@dataclass
class Judgement:
    acked: int
    delivered: int                               # distinct units that arrived
    lost: set = field(default_factory=set)       # acknowledged, never arrived
    doubled: dict = field(default_factory=dict)  # unit -> event ids, where there are several
    unsplit: set = field(default_factory=set)    # events that hold not exactly one unit
    repeats: int = 0                             # arrivals beyond the first of their event
    unexplained: list = field(default_factory=list)  # repeats within one life of the node

    def innocent(self):
        return not (self.lost or self.doubled or self.unsplit or self.unexplained)

    def __str__(self):
        return (f"acked {self.acked}, delivered {self.delivered}, lost {len(self.lost)}, "
                f"doubled {len(self.doubled)}, unsplit {len(self.unsplit)}, "
                f"repeats {self.repeats}, of them unexplained {len(self.unexplained)}")


def judge(acked_units, sink):
    """A repeat is explained by a restart: the outcome of the attempt before was not yet on disk.
    So within one life of the node an answered event must not come twice. (For sinks that answer
    200 to everything.)"""
    ids_of_unit = defaultdict(set)
    judgement = Judgement(acked=len(acked_units), delivered=0)
    for event_id, arrivals in sink.by_id.items():
        units = units_of(arrivals[0].body)
        if len(units) != 1:
            judgement.unsplit.add(event_id)
        for unit in units:
            ids_of_unit[unit].add(event_id)
        lives = [arrival.life for arrival in arrivals]
        judgement.repeats += len(lives) - 1
        if len(set(lives)) != len(lives):
            judgement.unexplained.append((event_id, lives))
    judgement.delivered = len(ids_of_unit)
    judgement.lost = set(acked_units) - set(ids_of_unit)
    judgement.doubled = {unit: ids for unit, ids in ids_of_unit.items() if len(ids) > 1}
    return judgement
