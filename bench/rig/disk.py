"""The limit of every durable ack: one fdatasync on the journal's file system."""

import os
import time

WRITE_BYTES = 1536  # what one event of 1 KiB adds to the journal's log


def fdatasync_latencies(directory, rate, seconds):
    """Seconds that appending and syncing took, at a constant rate."""
    path = directory / "fdatasync"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    content = os.urandom(WRITE_BYTES)
    latencies = []
    try:
        due = time.monotonic()
        for _ in range(int(rate * seconds)):
            time.sleep(max(0.0, due - time.monotonic()))
            began = time.monotonic()
            os.write(descriptor, content)
            os.fdatasync(descriptor)
            latencies.append(time.monotonic() - began)
            due = max(due + 1 / rate, time.monotonic())
    finally:
        os.close(descriptor)
        path.unlink()
    return latencies


def quantile(latencies, share):
    return sorted(latencies)[min(int(share * len(latencies)), len(latencies) - 1)]
