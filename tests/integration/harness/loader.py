"""A sender under load: posts requests over several connections and, as good senders do, repeats
each until it is acknowledged; now and then it repeats an acknowledged one too. It knows every
answer it got. Runs on an event loop in a thread of its own."""

import asyncio
import collections
import random
import threading
import time
from dataclasses import dataclass

from harness.http import Answer

RECONNECT_SECONDS = 0.02
ANSWER_SECONDS = 20


class Link:
    """One kept connection."""

    def __init__(self, address):
        self._address = address  # called anew for each connection: a restart changes the port
        self._reader = self._writer = None

    async def exchange(self, wire):
        """The answer; OSError or EOFError when the connection failed, whatever became of it."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.write(wire)
                return await self.read()
        except (OSError, EOFError):
            self.close()
            raise

    async def write(self, data):
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address())
        self._writer.write(data)

    async def read(self):
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head[:-4].split("\r\n")
        headers = {name.lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines)}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        if headers.get("connection") == "close":
            self.close()
        return Answer(int(status_line.split()[1]), headers, body)

    def close(self):
        if self._writer is not None:
            self._writer.close()
            self._reader = self._writer = None


@dataclass
class Ack:
    event_id: str  # the first of the request's events
    life: int      # of the node that gave it
    units: tuple
    begun: float    # monotonic
    seconds: float  # until it came


class Loader:
    def __init__(self, address, requests, connections=8, repeat_share=0.0, seed=0, rate=None):
        """`rate`: new requests a second, evenly; without it, as many as are answered."""
        self._address = address
        self._requests = iter(requests)
        self._connections = connections
        self._rate = rate
        self._next_turn = 0.0
        self._repeat_share = repeat_share
        self._random = random.Random(seed)
        self._stopping = self._abandoning = False
        self.life = 0
        self.acks = []
        self.statuses = collections.Counter()
        self.broken = 0        # exchanges without an answer
        self.complaints = []   # answers that no sender should get
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run()), name="loader", daemon=True)

    def start(self):
        self._thread.start()
        return self

    def join(self, within=60):
        self._thread.join(within)
        assert not self._thread.is_alive(), f"the loader hangs after {len(self.acks)} acks"

    def finish(self, within=60):
        """No new requests; those begun are repeated until they are acknowledged."""
        self._stopping = True
        self.join(within)

    def abandon(self, within=60):
        """No new requests; those not acknowledged are given up."""
        self._abandoning = self._stopping = True
        self.join(within)

    def acked_units(self):
        return {unit for ack in list(self.acks) for unit in ack.units}

    async def _run(self):
        async with asyncio.TaskGroup() as group:
            for _ in range(self._connections):
                group.create_task(self._work())

    async def _work(self):
        link = Link(self._address)
        try:
            while not self._stopping:
                await self._turn()
                outgoing = next(self._requests, None)
                if outgoing is None:
                    return
                await self._deliver(link, outgoing)
        finally:
            link.close()

    async def _turn(self):
        if self._rate:
            now = asyncio.get_running_loop().time()
            turn = max(self._next_turn, now)
            self._next_turn = turn + 1 / self._rate
            await asyncio.sleep(turn - now)

    async def _deliver(self, link, outgoing):
        began = time.monotonic()
        first = await self._until_acked(link, outgoing)
        if first is None:
            return
        self.acks.append(Ack(first.event_id, self.life, outgoing.units, began,
                             time.monotonic() - began))
        if self._random.random() >= self._repeat_share:
            return
        again = await self._until_acked(link, outgoing)
        if again is None:
            return
        if (again.status, again.event_id) != (first.status, first.event_id):
            self.complaints.append(f"{outgoing.units}: {first}, but when repeated {again}")
        if again.body and again.json["status"] != "duplicate":
            self.complaints.append(f"{outgoing.units}: a repeat was taken for new: {again}")

    async def _until_acked(self, link, outgoing):
        while not self._abandoning:
            try:
                answer = await link.exchange(outgoing.wire())
            except (OSError, EOFError):
                self.broken += 1
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            self.statuses[answer.status] += 1
            if 200 <= answer.status < 300:
                return answer
            if answer.status not in (429, 503):
                self.complaints.append(f"{outgoing.units}: {answer}")
                return None
            if int(answer.headers.get("retry-after", 0)) < 1:
                self.complaints.append(f"{answer.status} without Retry-After")
            await asyncio.sleep(RECONNECT_SECONDS)
        return None
