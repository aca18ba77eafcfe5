"""How long events take from their sender's hand to a sink."""

import time

from harness.senders import units_of


class Lags:
    """Wraps the requests of a loader and notes when each was begun."""

    def __init__(self, requests):
        self._requests = iter(requests)
        self.begun = {}  # unit -> monotonic time

    def __iter__(self):
        return self

    def __next__(self):
        outgoing = next(self._requests)
        for unit in outgoing.units:
            self.begun[unit] = time.monotonic()
        return outgoing

    def at(self, sink):
        """p50, p99 and the longest, in seconds, of those that it noted."""
        lags = sorted(arrival.at - self.begun[unit] for arrival in list(sink.arrivals)
                      for unit in units_of(arrival.body) if unit in self.begun)
        return lags[len(lags) // 2], lags[len(lags) * 99 // 100], lags[-1]


def describe(lags):
    return "lag p50 {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms".format(*(lag * 1e3 for lag in lags))
