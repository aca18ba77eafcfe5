"""One HTTP exchange at a time, over http.client or as raw bytes on a socket."""

import http.client
import json
import socket
from dataclasses import dataclass

TIMEOUT_SECONDS = 20


@dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def event_id(self):
        return self.headers.get("spillway-event-id")

    def is_problem(self):
        return self.headers.get("content-type") == "application/problem+json"


def request(address, method, path, headers=None, body=None):
    connection = http.client.HTTPConnection(*address, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        response = connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read())
    finally:
        connection.close()


def post(address, outgoing):
    return request(address, "POST", outgoing.path, outgoing.headers, outgoing.body)


@dataclass
class RawAnswer:
    answer: Answer | None  # none: closed without one
    closed: bool           # the connection was, after the answer or without one


def exchange_raw(address, data, timeout=TIMEOUT_SECONDS, closes=True):
    """Writes bytes and reads the first response. With `closes`, waits for the end that follows."""
    with socket.create_connection(address, timeout=timeout) as connection:
        connection.sendall(data)
        return read_raw(connection, closes)


def read_raw(connection, closes=True):
    received = b""
    try:
        while b"\r\n\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                return RawAnswer(None, closed=True)
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip()
                   for name, _, value in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", 0)):
            body += connection.recv(65536)
        answer = Answer(int(status_line.split()[1]), headers, body)
        return RawAnswer(answer, closed=closes and connection.recv(1) == b"")
    except ConnectionResetError:
        return RawAnswer(None, closed=True)
