"""The stream's process as an ASGI application: the stream itself, its health, and the page that shows it.

What the page asks of the API is handed on to `api`, the Django application of the same login, so that it
stays within its own origin and is checked, counted and logged like every other request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog

from core import heartbeats
from core.api.answers import json_bytes
from core.api.errors import Unauthenticated, as_refusal, envelope, status_of
from core.errors import NotFound, Refusal, Unavailable
from core.ids import typeid, uuid7
from streaming import door, health
from streaming.asked import FRAME_BYTES_MAX
from streaming.connection import Connection
from streaming.feed import Feed
from streaming.history import History
from streaming.limits import TenantLimits
from streaming.pages import find_page, is_of_the_api
from streaming.refusals import CloseCode, TooManyConnections
from streaming.socket import EXTENSION, Socket
from streaming.threads import in_thread

logger = structlog.get_logger(__name__)

PATH: Final = "/ws/v2/stream"
LOOK_SECONDS: Final = 0.5
BEAT_SECONDS: Final = 0.25
_DISCONNECT: Final = "websocket.disconnect"

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class StreamApplication:
    """One process's stream. Serve it by uvicorn with `streaming.socket:Socket` as its WebSocket protocol."""

    def __init__(self, *, api: Application) -> None:
        self._api = api
        self._feed = Feed()
        self._history = History()
        self._limits = TenantLimits()
        self._connections: dict[Connection, None] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._lateness = health.Lateness()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        match scope["type"]:
            case "websocket":
                await self._stream(scope, receive, send)
            case "http":
                await self._answer(scope, receive, send)
            case "lifespan":
                await self._live(receive, send)

    # The stream.

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        socket: Socket = scope["extensions"][EXTENSION]
        headers = _headers(scope)
        query = scope["query_string"].decode("latin-1")
        await receive()
        try:
            if scope["path"].rstrip("/") != PATH:
                raise NotFound
            peer = scope["client"][0] if scope["client"] else ""
            visitor = await in_thread(door.admit, headers, query=query, peer=peer)
            self._limits.enter(visitor.client.tenant_id)
        except Exception as exception:  # noqa: BLE001 - the outermost loop of a connection
            await _refuse(as_refusal(exception), socket, send, is_page=door.is_page(headers, query))
            return
        connection = Connection(
            socket=socket, visitor=visitor, feed=self._feed, history=self._history, limits=self._limits
        )
        tenant_id = visitor.client.tenant_id
        self._connections[connection] = None
        try:
            await send({"type": "websocket.accept"})
            await _read(connection, receive)
        except Exception:
            logger.exception("stream_connection_failed")
            connection.end(CloseCode.INTERNAL_ERROR, "INTERNAL_ERROR")
        finally:
            del self._connections[connection]
            self._limits.leave(tenant_id)
            await connection.close()

    # What runs beside the connections.

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._feed.start()
                loop = asyncio.get_running_loop()
                self._tasks = [loop.create_task(work()) for work in (self._beat, self._look, self._watch)]
                await send({"type": "lifespan.startup.complete"})
            else:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)
                await self._feed.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _beat(self) -> None:
        """Write heartbeats to all who were told nothing for as long as they said."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            now = time.monotonic()
            for connection in tuple(self._connections):
                connection.beat(now)

    async def _look(self) -> None:
        """Close the connections of those who may not stay."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            connections = tuple(self._connections)
            try:
                verdicts = await in_thread(door.look_again, [each.visitor for each in connections])
            except Exception:
                logger.exception("stream_cannot_look")
                continue
            for connection, verdict in zip(connections, verdicts, strict=True):
                if verdict is not None:
                    connection.end(verdict.code, verdict.reason)

    async def _watch(self) -> None:
        """Say that this process lives; tell everybody when the feed is late, and when it no longer is."""
        while True:
            await asyncio.sleep(1.0)
            await in_thread(heartbeats.beat, "stream", value=float(len(self._connections)))
            change = await in_thread(self._lateness.look, swept_at=self._feed.swept_at)
            if change is not None:
                state, cause = change
                for connection in tuple(self._connections):
                    connection.tell_status(state, **({"cause": cause} if cause else {}))

    # Everything else.

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if is_of_the_api(method, path):
            await self._api(scope, receive, send)
            return
        found: health.Answer | None = None
        if method in ("GET", "HEAD"):
            if path == "/health/live":
                found = 200, "application/json", b'{"status":"live"}', {}
            elif path == "/health/ready":
                found = health.ready(self._feed, connections=len(self._connections))
            else:
                found = find_page(path)
        if found is None:
            refusal = NotFound()
            found = 404, "application/json", _envelope_of(refusal), {}
        status, content_type, body, more = found
        await _send_http(send, "http.response", status, content_type, body, more, is_head=method == "HEAD")


async def _read(connection: Connection, receive: Receive) -> None:
    """Hand over what the client sends, until it is gone."""
    while True:
        message = await receive()
        if message["type"] == _DISCONNECT:
            return
        text = message.get("text")
        await connection.receive(text.encode() if text is not None else message.get("bytes") or b"")


async def _refuse(refusal: Refusal, socket: Socket, send: Send, *, is_page: bool) -> None:
    """Refuse a connection: by a close code where a page asks, which sees no more, else by an HTTP answer."""
    status = status_of(refusal)
    if status >= 500 and not isinstance(refusal, Unavailable):
        logger.error("stream_refused", code=refusal.code, exc_info=refusal.__cause__)
    if isinstance(refusal, TooManyConnections):
        status = 429
    if is_page and status in (401, 403, 429):
        code = {401: CloseCode.TOKEN_ENDED, 403: CloseCode.SHUT_OUT, 429: CloseCode.TOO_MUCH}[status]
        await send({"type": "websocket.accept"})
        socket.end(int(code), refusal.code)
        return
    more = {}
    if isinstance(refusal, Unauthenticated):
        more["www-authenticate"] = 'Bearer realm="partner-api"'
    if refusal.retry_after_seconds is not None:
        more["retry-after"] = str(refusal.retry_after_seconds)
    body = _envelope_of(refusal)
    await _send_http(send, "websocket.http.response", status, "application/json", body, more)
    # uvicorn waits for an accepted connection alone, and would log this one as forgotten.
    socket.handshake_complete = True


async def _send_http(
    send: Send,
    kind: str,
    status: int,
    content_type: str,
    body: bytes,
    more: dict[str, str],
    *,
    is_head: bool = False,
) -> None:
    headers = {
        "content-type": content_type,
        "content-length": str(len(body)),
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        **more,
    }
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": f"{kind}.start", "status": status, "headers": raw})
    await send({"type": f"{kind}.body", "body": b"" if is_head else body})


def _envelope_of(refusal: Refusal) -> bytes:
    return json_bytes(envelope(refusal, request_id=typeid("req", uuid7())))


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers by name; of one that is there twice the last, joined for X-Forwarded-For."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]},{value}" if name in found and name == "x-forwarded-for" else value
    return found


__all__ = ["FRAME_BYTES_MAX", "PATH", "StreamApplication"]
