"""Receivers of webhooks on loopback: each is told how to behave and remembers what it was sent."""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Message:
    """A request as it came over the wire; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    came_at: float
    """Monotonic seconds."""

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Answering = Callable[["Receiver", Message, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """One HTTP/1.1 server in a thread of its own. `answering` may be changed at any time."""

    answering: Answering
    port: int = 0
    tls: ssl.SSLContext | None = None
    messages: list[Message] = field(default_factory=list)
    connections: int = 0
    under_way: int = 0
    most_under_way: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.messages]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        self.connections += 1
        try:
            while (message := await _read(reader)) is not None:
                self.messages.append(message)
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                try:
                    await self.answering(self, message, writer)
                    await writer.drain()
                finally:
                    self.under_way -= 1
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
            return
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Message | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Message(first.split()[1], headers, body, time.monotonic())


async def ok(_receiver: Receiver, _message: Message, writer: asyncio.StreamWriter) -> None:
    """Take it at once."""
    writer.write(OK)


def after(seconds: float) -> Answering:
    """Take it after a while."""

    async def answer(_receiver: Receiver, _message: Message, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(OK)

    return answer


def status(code: int, *headers: str, body: bytes = b"no") -> Answering:
    """Answer with a status."""

    async def answer(_receiver: Receiver, _message: Message, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    return answer


async def hang(_receiver: Receiver, _message: Message, _writer: asyncio.StreamWriter) -> None:
    """Say nothing for a minute."""
    await asyncio.sleep(60)


async def drip(_receiver: Receiver, _message: Message, writer: asyncio.StreamWriter) -> None:
    """Say a header a letter at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.2)


async def flood(_receiver: Receiver, _message: Message, writer: asyncio.StreamWriter) -> None:
    """Take it, and answer with 10 MB."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n")
    for _ in range(160):
        writer.write(b"x" * 65536)
        await writer.drain()


async def reset(_receiver: Receiver, _message: Message, writer: asyncio.StreamWriter) -> None:
    """Break the connection off."""
    writer.transport.abort()


async def garbage(_receiver: Receiver, _message: Message, writer: asyncio.StreamWriter) -> None:
    """Say what is no HTTP."""
    writer.write(b"\x00\x01\x02 hello\r\n\r\n")


@contextmanager
def receiver(
    answering: Answering = ok, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[Receiver]:
    """Run a receiver on a free port for the length of the block; `host` empty: on every address."""
    found = Receiver(answering, tls=tls)
    loop = asyncio.new_event_loop()
    ready, stopping = threading.Event(), asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(found.serve, host or None, _free_port(), ssl=tls, backlog=512)
        found.port = server.sockets[0].getsockname()[1]
        ready.set()
        await stopping.wait()
        server.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(10)
    yield found
    loop.call_soon_threadsafe(stopping.set)
    thread.join(5)
    assert not thread.is_alive()


def _free_port() -> int:
    """Return a port that is free for IPv4 and IPv6."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
