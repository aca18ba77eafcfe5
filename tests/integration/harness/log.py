"""What a process writes to its standard error: read to the end by a thread of its own, kept whole,
and waited for by condition."""

import json
import threading


class Log:
    def __init__(self, stream):
        self._lines = []
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def _read(self, stream):
        with stream:
            for line in stream:
                with self._changed:
                    self._lines.append(line.decode(errors="replace").rstrip("\n"))
                    self._changed.notify_all()

    def lines(self):
        with self._changed:
            return list(self._lines)

    def records(self, event=None):
        """The structured lines, those of one event if it is named."""
        found = []
        for line in self.lines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if event is None or record.get("event") == event:
                found.append(record)
        return found

    def wait_for(self, event, within, count=1):
        """The count-th record of the event."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.records(event)) >= count, within)
        records = self.records(event)
        if len(records) < count:
            raise AssertionError(f"no {event} was logged within {within} s:\n" + self.tail())
        return records[count - 1]

    def tail(self, count=40):
        return "\n".join(self.lines()[-count:])

    def join(self):
        self._thread.join(timeout=5)
