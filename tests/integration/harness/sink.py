"""A destination: takes deliveries, verifies their signatures, remembers every arrival, and
misbehaves as told. It runs on an event loop in a thread of its own."""

import asyncio
import base64
import hashlib
import hmac
import socket
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field

from harness.settings import SINK_SECRET

TIMESTAMP_TOLERANCE_SECONDS = 300


@dataclass
class Arrival:
    """One request that was read whole."""
    id: str
    attempt: int
    at: float      # monotonic
    life: int      # of the node, as the test counts them
    path: str
    headers: dict  # names in lower case
    body: bytes


@dataclass
class Reply:
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    sized: bool = True  # else its end is that of the connection's one half, ours
    after: float = 0    # seconds


OK = Reply()
HANG = "hang"    # never answers
RESET = "reset"  # drops the connection instead of answering


class Sink:
    def __init__(self, secret=SINK_SECRET, meta_secret=None, address="127.0.0.1", port=0):
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._meta_secret = meta_secret
        self.respond = lambda arrival: OK  # may be replaced at any time
        self.tolerance_seconds = TIMESTAMP_TOLERANCE_SECONDS
        self.life = 0
        self.arrivals = []
        self.by_id = defaultdict(list)
        self.complaints = []  # wrong signatures, altered repeats
        self._connections = set()
        # Bound but not listening: keeps the port for us while the sink is down.
        self._reservation = socket.socket()
        self._reservation.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._reservation.bind((address, port))
        self.address, self.port = self._reservation.getsockname()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = None
        self.up()

    @property
    def url(self):
        return f"http://{self.address}:{self.port}/hook"

    @property
    def connections(self):
        return len(self._connections)

    def up(self):
        self._run(self._listen())

    def down(self):
        """Refuses connections and drops those there are."""
        self._run(self._refuse())

    def close(self):
        self.down()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._reservation.close()

    async def _listen(self):
        self._server = await self._loop.create_server(
            lambda: _Connection(self), self.address, self.port, reuse_port=True, backlog=1024)

    async def _refuse(self):
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.transport.abort()

    def _run(self, coroutine):
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)

    # On the loop, for each request that came whole.
    def _take(self, path, headers, body):
        arrival = Arrival(headers.get("webhook-id"), int(headers.get("spillway-attempt", 0)),
                          time.monotonic(), self.life, path, headers, body)
        self._verify(arrival)
        earlier = self.by_id[arrival.id]
        if earlier and earlier[0].body != body:
            self.complaints.append(f"{arrival.id} came again with another body")
        earlier.append(arrival)
        self.arrivals.append(arrival)
        return self.respond(arrival)

    def _verify(self, arrival):
        timestamp = arrival.headers.get("webhook-timestamp", "")
        signed = f"{arrival.id}.{timestamp}.".encode() + arrival.body
        mac = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest()).decode()
        if f"v1,{mac}" not in arrival.headers.get("webhook-signature", "").split():
            self.complaints.append(f"{arrival.id}: no right webhook-signature")
        elif abs(time.time() - int(timestamp)) > self.tolerance_seconds:
            self.complaints.append(f"{arrival.id}: signed at {timestamp}")
        if self._meta_secret is not None:
            mac = hmac.new(self._meta_secret.encode(), arrival.body, hashlib.sha256).hexdigest()
            if arrival.headers.get("x-hub-signature-256") != f"sha256={mac}":
                self.complaints.append(f"{arrival.id}: no right X-Hub-Signature-256")


class _Connection(asyncio.Protocol):
    def __init__(self, sink):
        self._sink = sink
        self._buffer = b""
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        self._sink._connections.add(self)
        if self._sink._server is None:  # accepted just before the sink went down
            transport.abort()

    def connection_lost(self, error):
        self._sink._connections.discard(self)

    def data_received(self, data):
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            request_line, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip()
                       for name, _, value in (line.partition(":") for line in lines)}
            size = int(headers.get("content-length", 0))
            if len(self._buffer) < end + 4 + size:
                return
            body = self._buffer[end + 4:end + 4 + size]
            self._buffer = self._buffer[end + 4 + size:]
            self._answer(self._sink._take(request_line.split()[1], headers, body))

    def _answer(self, reply):
        if reply is HANG:
            return
        if reply is RESET:
            self.transport.abort()
            return
        if reply.after:
            asyncio.get_running_loop().call_later(reply.after, self._write, reply)
        else:
            self._write(reply)

    def _write(self, reply):
        headers = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        if reply.sized:
            headers += f"Content-Length: {len(reply.body)}\r\n"
        self.transport.write(f"HTTP/1.1 {reply.status} -\r\n{headers}\r\n".encode() + reply.body)
        if not reply.sized:
            self.transport.write_eof()
