"""Sending one message to one URL, and what came of it: never an exception, always an answer within 15 s.

Connections are kept and shared by all endpoints of the same reach. No redirect is followed, no proxy of the
environment used, no cookie kept, nothing decompressed, and no more than 64 KiB of an answer read: a 2xx is a
2xx whatever follows it.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from django.conf import settings
from yarl import URL

from core.clock import now
from webhooks.guard import AddressRefused, Reach, dialler

USER_AGENT: Final = "B2B-Webhooks/2"
BODY_KEPT_BYTES: Final = 4096
HEADERS_KEPT: Final = 32
HEADER_KEPT_CHARACTERS: Final = 256
BODY_SECONDS: Final = 3.0
"""How long the rest of an answer is waited for, once its status is there."""
KEPT_ALIVE_SECONDS: Final = 30
NAMES_KEPT_SECONDS: Final = 30
LOOKUPS_AT_ONCE: Final = 256


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request: a status, or in `error` the code of what went wrong; or both."""

    started_at: datetime
    duration_ms: int
    status: int | None = None
    error: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    """The first 4 KiB; bytes that are no UTF-8, and NUL, are replaced."""

    def header(self, name: str) -> str | None:
        """Return the answer's header of this lower-case name."""
        return self.headers.get(name)


class Sender:
    """Sends from one event loop. `close()` when done.

    `trust` and `resolver` stand in for the system's certificates and names.
    """

    def __init__(
        self, *, trust: ssl.SSLContext | None = None, resolver: AbstractResolver | None = None
    ) -> None:
        self._trust = trust or ssl.create_default_context()
        self._resolver = resolver
        self._sessions: dict[Reach, aiohttp.ClientSession] = {}
        # A name server that hangs must not hold up the lookups of others.
        self._lookups = ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="lookup")

    async def send(self, url: URL, *, reach: Reach, headers: Mapping[str, str], body: bytes) -> Answer:
        """POST the body. Returns within `WEBHOOK_TIMEOUT_SECONDS` and a little."""
        started_at, began = now(), time.monotonic()
        status, error, told, text = None, "", {}, ""
        try:
            async with self._session(reach).post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
                error = "redirected" if 300 <= status < 400 else ""
                told = _kept_headers(response)
                text = await _beginning_of_body(response)
        except (aiohttp.ClientError, OSError, ValueError) as failure:
            error = error_code(failure) if status is None else error
        return Answer(
            started_at=started_at,
            duration_ms=round((time.monotonic() - began) * 1000),
            status=status,
            error=error,
            headers=told,
            body=text,
        )

    async def close(self) -> None:
        """Close every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        self._lookups.shutdown(wait=False, cancel_futures=True)

    def _session(self, reach: Reach) -> aiohttp.ClientSession:
        found = self._sessions.get(reach)
        if found is None:
            asyncio.get_running_loop().set_default_executor(self._lookups)
            found = self._sessions[reach] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,
                    ssl=self._trust,
                    resolver=self._resolver,
                    ttl_dns_cache=NAMES_KEPT_SECONDS,
                    keepalive_timeout=KEPT_ALIVE_SECONDS,
                    socket_factory=dialler(reach),
                ),
                timeout=aiohttp.ClientTimeout(total=settings.WEBHOOK_TIMEOUT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("Accept-Encoding",),
                auto_decompress=False,
                trust_env=False,
            )
        return found


def error_code(failure: BaseException) -> str:
    """Return the code by which an attempt that got no answer is listed."""
    if _is_refused(failure):
        return "address_refused"
    for kind, code in _CODES:
        if isinstance(failure, kind):
            return code
    return "answer_broken"


_CODES: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorDNSError, "name_unknown"),
    (aiohttp.ClientConnectorSSLError, "tls_failed"),
    (aiohttp.ClientConnectorCertificateError, "tls_failed"),
    (aiohttp.ClientSSLError, "tls_failed"),
    (aiohttp.ClientConnectorError, "connection_failed"),
    (aiohttp.ServerDisconnectedError, "connection_reset"),
    (aiohttp.ClientOSError, "connection_reset"),
    (ConnectionError, "connection_reset"),
)


def _is_refused(failure: BaseException) -> bool:
    """Whether the guard refused, also where the refusal is told among those of other addresses."""
    seen: BaseException | None = failure
    while seen is not None:
        if isinstance(seen, AddressRefused) or str(AddressRefused()) in str(seen):
            return True
        seen = seen.__cause__
    return False


def _kept_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        if len(found) == HEADERS_KEPT:
            break
        found[_text(name.lower())] = _text(value[:HEADER_KEPT_CHARACTERS])
    return found


async def _beginning_of_body(response: aiohttp.ClientResponse) -> str:
    """Read to the end of a short body, or enough of a long one; what is too long or slow is cut off."""
    content = response.content
    if content.is_eof():
        return _text(content.read_nowait(-1)[:BODY_KEPT_BYTES])
    read = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while len(read) < settings.WEBHOOK_ANSWER_BYTES_MAX:
                part = await content.readany()
                if not part:
                    break
                read += part
            else:
                response.close()
    except (aiohttp.ClientError, OSError, ValueError):
        response.close()
    return _text(bytes(read[:BODY_KEPT_BYTES]))


def _text(value: str | bytes) -> str:
    """What PostgreSQL takes as text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.encode("utf-8", "replace").decode().replace("\0", "�")
