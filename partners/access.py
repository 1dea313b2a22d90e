"""Who may come in at this moment: every client, its tenant and partner, and the tokens given back.

The truth is in PostgreSQL. Each process keeps a copy, and once a second, when a request asks, compares a
counter in Valkey that every change raises after its commit; a new number means a new copy. With Valkey away
the copy is made anew once a second; and in any case every few seconds, so that a change whose announcement
was lost is seen as well. With both away nobody is let in.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from core import clock
from core.errors import Unavailable
from core.ids import typeid
from partners.rules import Network, parse_network, requests_per_minute

logger = structlog.get_logger(__name__)

VERSION_KEY: Final = "b2b:access-version"
CHECK_SECONDS: Final = 0.8
"""How old a copy may be before the counter is looked at; less than the promised second."""
RELOAD_SECONDS: Final = 5.0
"""How old a copy may be whatever the counter says."""
REST_SECONDS: Final = 5.0
"""How long a Valkey that did not answer is not asked: requests would wait for it, and PostgreSQL knows."""


class AccessUnknown(Unavailable):
    """Neither Valkey nor PostgreSQL can say who may come in, so nobody may."""

    code = "ACCESS_UNKNOWN"
    message = "The platform cannot tell at the moment who may come in; please try again."


@dataclass(frozen=True, slots=True)
class ClientAccess:
    """What decides about a client's requests, but for its secrets; `partner` is the partner's public id."""

    client_id: str
    is_active: bool
    tokens_valid_after: float
    tenant_id: UUID
    tenant_kind: Literal["test", "production"]
    partner_id: UUID
    partner: str
    tier: str
    time_zone: str
    is_suspended: bool
    requests_per_minute: int
    networks: tuple[Network, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """The access state of one moment, and the counter it belongs to; None when Valkey did not say."""

    clients: Mapping[str, ClientAccess]
    revoked_tokens: frozenset[UUID]
    version: bytes | None
    made_at: float
    checked_at: float


class AccessState:
    """One process's copy, refreshed by whichever request finds it old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._copy: Copy | None = None
        self._valkey_rests_until = 0.0

    def current(self) -> Copy:
        """Return a copy no older than a second. Raises AccessUnknown."""
        copy = self._copy
        if copy is not None and time.monotonic() - copy.checked_at < CHECK_SECONDS:
            return copy
        with self._lock:
            copy = self._copy
            if copy is not None and time.monotonic() - copy.checked_at < CHECK_SECONDS:
                return copy
            self._copy = copy = self._refreshed(copy)
            return copy

    def find_client(self, client_id: str) -> ClientAccess | None:
        """Return a client that has proved itself; one that the copy does not know yet, from a new copy."""
        found = self.current().clients.get(client_id)
        if found is None:
            self.forget()
            found = self.current().clients.get(client_id)
        return found

    def forget(self) -> None:
        """Make the next request read everything anew."""
        with self._lock:
            self._copy = None

    def _refreshed(self, copy: Copy | None) -> Copy:
        asked_at = time.monotonic()
        version = _read_version() if asked_at >= self._valkey_rests_until else None
        if version is None:
            # What comes now is as new as the moment after the waiting; else it would be old at once.
            asked_at = time.monotonic()
            if asked_at >= self._valkey_rests_until:
                self._valkey_rests_until = asked_at + REST_SECONDS
        is_same = copy is not None and version is not None and copy.version == version
        if copy is not None and is_same and asked_at - copy.made_at < RELOAD_SECONDS:
            return _checked(copy, asked_at)
        try:
            return _read_copy(version, asked_at)
        except DatabaseError as error:
            if copy is not None and is_same:
                return _checked(copy, asked_at)
            raise AccessUnknown from error


def announce_access_change() -> None:
    """Raise the counter once the current transaction is committed; without Valkey the change is seen all the
    same.
    """
    transaction.on_commit(_raise_version)


@cache
def valkey() -> redis.Redis:
    """Return this process's client of Valkey: impatient, since every request may be waiting for it."""
    return redis.Redis.from_url(
        settings.VALKEY_URL,
        socket_timeout=settings.VALKEY_TIMEOUT_SECONDS,
        socket_connect_timeout=settings.VALKEY_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


access = AccessState()


def _raise_version() -> None:
    access.forget()
    try:
        valkey().incr(VERSION_KEY)
    except (redis.RedisError, OSError) as error:
        logger.warning("access_change_not_announced", cause=str(error))


def _read_version() -> bytes | None:
    try:
        found = valkey().get(VERSION_KEY)
    except (redis.RedisError, OSError) as error:
        logger.warning("access_version_unknown", cause=str(error))
        return None
    return bytes(found) if isinstance(found, bytes) else b"0"


def _checked(copy: Copy, at: float) -> Copy:
    return Copy(copy.clients, copy.revoked_tokens, copy.version, copy.made_at, at)


def _read_copy(version: bytes | None, asked_at: float) -> Copy:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM partners_access()")
        clients = {row[0]: _client_access(row) for row in cursor.fetchall()}
        cursor.execute("SELECT jti FROM partners_revokedtoken WHERE expires_at > %s", [clock.now()])
        revoked = frozenset(row[0] for row in cursor.fetchall())
    return Copy(clients, revoked, version, asked_at, asked_at)


def _client_access(
    row: tuple[
        str,
        bool,
        datetime | None,
        UUID,
        Literal["test", "production"],
        UUID,
        str,
        str,
        bool,
        int | None,
        list[str],
    ],
) -> ClientAccess:
    (
        client_id,
        is_active,
        valid_after,
        tenant_id,
        kind,
        partner_id,
        tier,
        time_zone,
        is_suspended,
        own,
        ips,
    ) = row
    return ClientAccess(
        client_id=client_id,
        is_active=is_active,
        tokens_valid_after=valid_after.timestamp() if valid_after else 0.0,
        tenant_id=tenant_id,
        tenant_kind=kind,
        partner_id=partner_id,
        partner=typeid("ptr", partner_id),
        tier=tier,
        time_zone=time_zone,
        is_suspended=is_suspended,
        requests_per_minute=requests_per_minute(tier, own),
        networks=tuple(parse_network(text) for text in ips),
    )
