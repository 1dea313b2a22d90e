"""A load generator that is cheap enough to share the cores with what it measures.

One thread, raw keep-alive connections, requests made beforehand as bytes. Closed: each connection sends the
next request when it has its answer. Open: requests are due at random moments (a Poisson process, as
`pgbench --rate` has it), and a latency counts from the moment the request was due.
"""

import asyncio
import random
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

Make = Callable[[], bytes]
Count = Callable[[int, bytes], int]
"""How many bets an answer (status, body) placed."""


@dataclass(slots=True)
class Load:
    """What a load did. `bets` were acknowledged as placed; `refused` counts other answers by text."""

    seconds: float = 0.0
    bets: int = 0
    latencies: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        return self.bets / self.seconds

    def percentile(self, share: float) -> float:
        """A latency in milliseconds, such that `share` of all are below it."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class _Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request on its way."""

    def __init__(self, answered: "Callable[[_Connection, int, bytes], None]") -> None:
        self._answered = answered
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, request: bytes, due: float) -> None:
        assert self._transport
        self.due = due
        self._transport.write(request)

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        lowered = head.lower()
        at = lowered.index(b"content-length:") + len(b"content-length:")
        if len(body) >= int(lowered[at:].partition(b"\r\n")[0]):
            self._buffer = b""
            self._answered(self, int(head[9:12]), body)


def placed_one(status: int, body: bytes) -> int:
    return int(status == 201)


def placed_many(status: int, body: bytes) -> int:
    return body.count(b'"status":201') if status == 200 else 0


def closed(
    port: int, make: Make, count: Count, *, clients: int, seconds: float = 0, requests: int = 0
) -> Load:
    """Keep `clients` connections busy for so many seconds, or until so many requests are answered."""
    return asyncio.run(_closed(port, make, count, clients, seconds, requests))


def opened(port: int, make: Make, count: Count, *, clients: int, rate: float, seconds: float) -> Load:
    """Send requests at `rate` a second on average, whatever the answers take."""
    return asyncio.run(_opened(port, make, count, clients, rate, seconds))


async def _connect(
    port: int, clients: int, answered: Callable[[_Connection, int, bytes], None]
) -> list[_Connection]:
    loop = asyncio.get_running_loop()
    return [
        (await loop.create_connection(lambda: _Connection(answered), "127.0.0.1", port))[1]
        for _ in range(clients)
    ]


def _note(load: Load, count: Count, due: float, at: float, status: int, body: bytes) -> None:
    load.latencies.append(at - due)
    placed = count(status, body)
    load.bets += placed
    if not placed:
        load.refused[f"{status} {body[:120].decode('utf-8', 'replace')}"] += 1


async def _closed(port: int, make: Make, count: Count, clients: int, seconds: float, requests: int) -> Load:
    load, done = Load(), asyncio.get_running_loop().create_future()
    busy = clients
    sent = clients

    def answered(connection: _Connection, status: int, body: bytes) -> None:
        nonlocal busy, sent
        at = time.perf_counter()
        _note(load, count, connection.due, at, status, body)
        load.seconds = at - began
        if sent < requests or (not requests and at < until):
            sent += 1
            connection.send(make(), time.perf_counter())
            return
        busy -= 1
        if not busy:
            done.set_result(None)

    connections = await _connect(port, clients, answered)
    began = time.perf_counter()
    until = began + seconds
    for connection in connections:
        connection.send(make(), time.perf_counter())
    await done
    for connection in connections:
        connection.close()
    return load


async def _opened(port: int, make: Make, count: Count, clients: int, rate: float, seconds: float) -> Load:
    load = Load()
    loop = asyncio.get_running_loop()
    waiting: deque[float] = deque()
    drawn = random.Random(2)

    def answered(connection: _Connection, status: int, body: bytes) -> None:
        _note(load, count, connection.due, time.perf_counter(), status, body)
        if waiting:
            connection.send(make(), waiting.popleft())
        else:
            idle.append(connection)

    def come_due(due: float) -> None:
        if idle:
            idle.pop().send(make(), due)
        else:
            waiting.append(due)
        following = due + drawn.expovariate(rate)
        if following < until:
            loop.call_later(max(0.0, following - time.perf_counter()), come_due, following)

    connections = await _connect(port, clients, answered)
    idle = list(connections)
    began = time.perf_counter()
    until = began + seconds
    come_due(began)
    await asyncio.sleep(seconds)
    while len(idle) < len(connections) or waiting:
        await asyncio.sleep(0.01)
    load.seconds = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return load
