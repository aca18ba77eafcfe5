"""Watches how much a directory takes on the disk, from outside: every file in it, whether its owner
still knows it or not."""

import os
import threading

INTERVAL_SECONDS = 0.005
BLOCK_BYTES = 512  # the unit of st_blocks


class DiskWatch:
    def __init__(self, directory):
        self._directory = directory
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk watch", daemon=True)
        self.largest = 0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()

    def _run(self):
        while not self._ending.wait(INTERVAL_SECONDS):
            self.largest = max(self.largest, self._used())

    def _used(self):
        used = 0
        with os.scandir(self._directory) as entries:
            for entry in entries:
                try:
                    status = entry.stat()
                except FileNotFoundError:  # since it was listed
                    continue
                used += max(status.st_size, status.st_blocks * BLOCK_BYTES)
        return used
