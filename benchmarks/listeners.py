"""`python -m benchmarks.listeners PORT COUNT`: so many WebSocket clients in one process that costs little.

The bearer token, or nothing, is the first line on standard input. Each client subscribes to fixtures; when
all are told that they are live, `ready` is printed. At the next line on standard input it prints what came,
as JSON: of all connections the fewest and the most changes, how many came out of order, and how long they
took, in milliseconds. Each change carries when it was announced, in nanoseconds, between two `@`.
"""

import base64
import json
import os
import re
import resource
import select
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Final

SUBSCRIBE: Final = b'{"op":"subscribe","id":1,"topic":"fixtures","heartbeatMs":60000}'
_ANNOUNCED: Final = re.compile(rb"@(\d+)@")


@dataclass
class Listener:
    """One client; it reads frames of a server, which are not masked."""

    socket: socket.socket
    rest: bytes = b""
    is_live: bool = False
    changes: int = 0
    disorder: int = 0
    last: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def read(self) -> None:
        received = self.socket.recv(262_144)
        if not received:
            raise SystemExit("a connection was closed")
        data = self.rest + received
        at = 0
        while len(data) - at >= 4:
            length, head = data[at + 1], 2
            if length == 126:
                length, head = int.from_bytes(data[at + 2 : at + 4], "big"), 4
            elif length == 127:
                if len(data) - at < 10:
                    break
                length, head = int.from_bytes(data[at + 2 : at + 10], "big"), 10
            if len(data) - at < head + length:
                break
            self._take(data[at : at + head + length])
            at += head + length
        self.rest = data[at:]

    def _take(self, frame: bytes) -> None:
        found = _ANNOUNCED.search(frame)
        if found is None:
            self.is_live = self.is_live or b'"live"' in frame
            return
        announced = int(found[1])
        self.changes += 1
        self.disorder += announced <= self.last
        self.last = announced
        self.milliseconds.append((time.time_ns() - announced) / 1e6)


def main(port: int, count: int) -> None:
    """Connect, say so, listen until told to stop, print what came."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    token = sys.stdin.buffer.readline().strip()
    listeners = {}
    waiting = select.epoll()
    for _ in range(count):
        listener = Listener(_open(port, token))
        listeners[listener.socket.fileno()] = listener
        waiting.register(listener.socket.fileno(), select.EPOLLIN)
    stdin = sys.stdin.fileno()
    waiting.register(stdin, select.EPOLLIN)
    is_ready = False
    while True:
        for number, _ in waiting.poll(0.2):
            if number == stdin:
                _report(list(listeners.values()))
                return
            listeners[number].read()
        if not is_ready and all(listener.is_live for listener in listeners.values()):
            is_ready = True
            print("ready", flush=True)


def _open(port: int, token: bytes) -> socket.socket:
    opened = socket.create_connection(("127.0.0.1", port), timeout=30)
    key = base64.b64encode(os.urandom(16))
    bearer = b"Authorization: Bearer %b\r\n" % token if token else b""
    opened.sendall(
        b"GET /ws/v2/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n%b\r\n" % (key, bearer)
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += opened.recv(1)
    if b" 101 " not in answer:
        raise SystemExit(answer.decode("latin-1"))
    # A client masks what it sends; a mask of zeros leaves the bytes as they are.
    opened.sendall(bytes((0x81, 0x80 | len(SUBSCRIBE), 0, 0, 0, 0)) + SUBSCRIBE)
    return opened


def _report(listeners: list[Listener]) -> None:
    took = sorted(each for listener in listeners for each in listener.milliseconds)
    print(
        json.dumps(
            {
                "fewest": min(listener.changes for listener in listeners),
                "most": max(listener.changes for listener in listeners),
                "disorder": sum(listener.disorder for listener in listeners),
                "median": took[len(took) // 2] if took else 0.0,
                "p99": took[len(took) * 99 // 100] if took else 0.0,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
