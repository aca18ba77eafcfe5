"""GET /v1/stream as a page has it."""

import json
import socket
import time

CLOSED_SECONDS = 20


class Listener:
    """An open stream, read as it comes."""

    def __init__(self, address, receive_bytes=None, token=None):
        self._socket = socket.socket()
        if receive_bytes:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self._socket.settimeout(CLOSED_SECONDS)
        self._socket.connect(address)
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        self._socket.sendall(
            f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\n".encode())
        self._file = self._socket.makefile("rb")

    def head(self):
        lines = iter(lambda: self._file.readline().strip(), b"")
        return b"\n".join(lines).decode()

    def event(self):
        """(name, object); None at the end."""
        name = None
        for line in self._file:
            field, _, value = line.decode().rstrip("\n").partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                return name, json.loads(value)
        return None

    def drain(self):
        """Reads what is left; returns when the other side has closed, which it has to soon."""
        until = time.monotonic() + CLOSED_SECONDS
        try:
            while self._socket.recv(65536):
                assert time.monotonic() < until, "the stream goes on"
        except ConnectionResetError:
            pass

    def close(self):
        self._file.close()
        self._socket.close()
