"""A name server that answers for each name as told, and a way to make it the node's only one."""

import os
import random
import socket
import struct
import threading

import pytest

# What a name may be answered with, beside a tuple of IPv4 addresses.
SILENT, SERVER_FAILURE, NO_SUCH_NAME = None, 2, 3
TYPE_A = 1


class NameServer:
    """On a loopback address of its own. Nothing it says may be remembered."""

    def __init__(self):
        if os.geteuid() != 0:
            pytest.fail("this test needs root: it gives the node a resolv.conf of its own in a "
                        "private mount namespace, and binds port 53 of a loopback address")
        self.answers = {}    # name -> answer
        self.questions = {}  # name -> how many
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.address = f"127.{random.randrange(1, 255)}.{random.randrange(255)}.53"
        self._socket.bind((self.address, 53))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def wrapper(self, directory):
        """A command that runs its arguments where this is the only name server."""
        path = directory / "resolv.conf"
        path.write_text(f"nameserver {self.address}\n")
        return ("unshare", "--mount", "sh", "-ec",
                f'mount --bind "{path}" /etc/resolv.conf; exec "$@"', "sh")

    def close(self):
        self._socket.sendto(b"", (self.address, 53))  # wakes the thread
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while True:
            query, peer = self._socket.recvfrom(4096)
            if not query:
                return
            name_end = query.index(b"\0", 12) + 1
            name = _text(query[12:name_end])
            self.questions[name] = self.questions.get(name, 0) + 1
            answer = self.answers.get(name, NO_SUCH_NAME)
            if answer is not SILENT:
                self._socket.sendto(_reply(query[:2], query[12:name_end + 4], answer), peer)


def _text(labels):
    words = []
    while labels[0]:
        words.append(labels[1:1 + labels[0]].decode())
        labels = labels[1 + labels[0]:]
    return ".".join(words)


def _reply(number, question, answer):
    code, addresses = (answer, ()) if isinstance(answer, int) else (0, answer)
    if question[-4:-2] != struct.pack(">H", TYPE_A):
        addresses = ()
    header = number + struct.pack(">HHHHH", 0x8180 | code, 1, len(addresses), 0, 0)
    records = (struct.pack(">HHHIH", 0xC00C, TYPE_A, 1, 0, 4) + socket.inet_aton(address)
               for address in addresses)
    return header + question + b"".join(records)
