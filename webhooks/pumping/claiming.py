"""The pump's session in PostgreSQL: what it takes, in what order, and how it writes down what came of it.

One pump leads, whoever holds a session lock; the others wait. A delivery that was taken is leased to a token
for a minute. Only who has the token writes what became of it, so that a pump which was frozen and overtaken
changes nothing; what a dead pump had taken is taken again when the lease has ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import args_row

from core.arrays import array_text, columns_of, json_text
from core.sessions import KEEPALIVES, own_session
from webhooks.pumping.sending import Answer
from webhooks.retrying import Health

LEASE_SECONDS: Final = 60
_LEADER_LOCK: Final = 0x70756D70  # "pump"
_SWEPT_AT_ONCE: Final = 5000

_CLAIM: Final = """
WITH held AS (SELECT * FROM unnest(%(endpoints)s::uuid[], %(rooms)s::int[]) AS h(endpoint_id, room)),
free AS (
    SELECT e.id, e.strict_order, coalesce(h.room, %(first_room)s) AS room
    FROM webhooks_endpoint e LEFT JOIN held h ON h.endpoint_id = e.id
    WHERE e.status = 'active' AND (e.breaker_until IS NULL OR e.breaker_until <= now())
        AND coalesce(h.room, %(first_room)s) > 0
), pick AS (
    SELECT x.id, x.tenant_id, x.sequence
    FROM free CROSS JOIN LATERAL (
        SELECT d.id, d.tenant_id, d.sequence, row_number() OVER () AS turn
        FROM (
            SELECT id, tenant_id, sequence FROM webhooks_delivery
            WHERE endpoint_id = free.id AND state = 'pending' AND next_at <= now() AND NOT free.strict_order
                AND (expires_at IS NULL OR expires_at > now())
            ORDER BY next_at LIMIT free.room FOR UPDATE SKIP LOCKED
        ) AS d
        UNION ALL
        -- In strict order: from the oldest on, as far as all are due, and none while another is under way.
        SELECT d.id, d.tenant_id, d.sequence, d.turn
        FROM (
            SELECT w.id, w.tenant_id, w.sequence, row_number() OVER older AS turn,
                bool_and(w.next_at <= now()) OVER older AS are_due
            FROM (
                SELECT id, tenant_id, sequence, next_at FROM webhooks_delivery
                WHERE endpoint_id = free.id AND state = 'pending' AND free.strict_order
                ORDER BY sequence, id LIMIT free.room FOR UPDATE
            ) AS w
            WINDOW older AS (ORDER BY w.sequence, w.id)
        ) AS d
        WHERE d.are_due AND NOT EXISTS (
            SELECT FROM webhooks_delivery l WHERE l.endpoint_id = free.id AND l.state = 'leased')
    ) AS x
    ORDER BY x.turn
    LIMIT %(count)s
)
UPDATE webhooks_delivery d
SET state = 'leased', lease_until = now() + make_interval(secs => %(lease)s), lease_token = %(token)s
FROM pick LEFT JOIN core_event e ON e.tenant_id = pick.tenant_id AND e.sequence = pick.sequence
WHERE d.id = pick.id
RETURNING d.id, d.endpoint_id, d.event_id, d.sequence, d.type, d.attempts - d.attempts_before,
    extract(epoch FROM d.expires_at - now())::float8, d.next_at, e.occurred_at, e.data::text
"""
_ENDPOINTS: Final = """
SELECT e.id, e.url, e.status = 'active', e.rate_per_second, e.concurrency, e.strict_order,
    e.consecutive_failures, e.failing_since, e.breaker_until, e.last_delivered_at,
    e.tenant_id, t.partner_id, t.kind = 'test',
    ARRAY(SELECT s.encrypted FROM webhooks_secret s
          WHERE s.endpoint_id = e.id AND (s.expires_at IS NULL OR s.expires_at > now())
          ORDER BY s.expires_at DESC NULLS FIRST)
FROM webhooks_endpoint e JOIN partners_tenant t ON t.id = e.tenant_id
WHERE e.id = ANY(%s::uuid[])
"""
_RECORD: Final = """
WITH told AS (
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::float8[], %s::timestamptz[], %s::int[], %s::int[],
                         %s::text[], %s::jsonb[], %s::jsonb[], %s::text[], %s::text[])
    AS t(id, state, retry_seconds, started_at, duration_ms, status, error, request_headers, response_headers,
         response_body, url)
), done AS (
    UPDATE webhooks_delivery d
    SET state = t.state, attempts = d.attempts + 1, lease_until = NULL, lease_token = NULL,
        next_at = CASE WHEN t.state = 'pending' THEN now() + make_interval(secs => t.retry_seconds)
                       ELSE d.next_at END,
        finished_at = CASE WHEN t.state <> 'pending' THEN now() END
    FROM told t
    WHERE d.id = t.id AND d.state = 'leased' AND d.lease_token = %s
    RETURNING d.id, d.tenant_id, d.endpoint_id, d.attempts
)
INSERT INTO webhooks_attempt (delivery_id, number, tenant_id, endpoint_id, started_at, duration_ms, status,
                              error, request_headers, response_headers, response_body, url)
SELECT id, done.attempts, tenant_id, endpoint_id, started_at, duration_ms, status, error,
    request_headers, response_headers, response_body, url
FROM told JOIN done USING (id)
"""
_HEALTH: Final = """
UPDATE webhooks_endpoint e
SET consecutive_failures = t.failures, failing_since = t.failing_since, breaker_until = t.breaker_until,
    last_delivered_at = coalesce(t.delivered_at, e.last_delivered_at)
FROM unnest(%s::uuid[], %s::int[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
    AS t(id, failures, failing_since, breaker_until, delivered_at)
WHERE e.id = t.id
"""
_RELEASE: Final = """
UPDATE webhooks_delivery SET state = 'pending', lease_until = NULL, lease_token = NULL
WHERE id = ANY(%s::uuid[]) AND state = 'leased' AND lease_token = %s
"""
_REAP: Final = """
UPDATE webhooks_delivery SET state = 'pending', lease_until = NULL, lease_token = NULL
WHERE state = 'leased' AND lease_until < now()
"""
_EXPIRE: Final = """
UPDATE webhooks_delivery SET state = 'expired', finished_at = now()
WHERE id IN (
    SELECT id FROM webhooks_delivery WHERE state = 'pending' AND subject <> '' AND expires_at <= now()
    LIMIT %s FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is leased to us. `occurred_at` and `data` are None where its event was forgotten."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    sequence: int
    type: str
    failed_before: int
    lives_seconds: float | None
    next_at: datetime
    occurred_at: datetime | None
    data: str | None


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint as its row has it; `secrets` are encrypted, the newest first."""

    id: UUID
    url: str
    is_active: bool
    rate_per_second: int | None
    concurrency: int
    strict_order: bool
    consecutive_failures: int
    failing_since: datetime | None
    breaker_until: datetime | None
    last_delivered_at: datetime | None
    tenant_id: UUID
    partner_id: UUID
    is_test: bool
    secrets: list[bytes]

    @property
    def health(self) -> Health:
        return Health(self.consecutive_failures, self.failing_since, self.breaker_until)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one attempt."""

    delivery_id: UUID
    state: str
    retry_seconds: float
    answer: Answer
    request_headers: str
    """As JSON, without signatures."""
    url: str
    """Where it was sent; empty when nothing was."""


class Session:
    """One pump's connection. Every method may raise psycopg.Error; then open another session."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], token: UUID) -> None:
        self._connection = connection
        self._token = token
        self.leads = False

    @classmethod
    async def open(cls, token: UUID) -> "Session":
        """Connect with the login of this process, apart from Django's connection."""
        return cls(
            await psycopg.AsyncConnection.connect(
                **own_session("b2b-pump"),
                **KEEPALIVES,
                prepare_threshold=1,
                # The queue is nearly always empty or full of what came just now: no statistics know it.
                options="-c statement_timeout=30s -c lock_timeout=10s -c jit=off -c enable_seqscan=off "
                "-c enable_hashjoin=off -c enable_mergejoin=off",
            ),
            token,
        )

    async def lead(self) -> bool:
        """Become the one pump that works, if there is no other."""
        if not self.leads:
            cursor = await self._connection.execute("SELECT pg_try_advisory_lock(%s)", [_LEADER_LOCK])
            found = await cursor.fetchone()
            self.leads = bool(found and found[0])
        return self.leads

    async def claim(self, rooms: dict[UUID, int], *, first_room: int, count: int) -> list[Claimed]:
        """Lease up to `count` deliveries that are due, one from each endpoint in turn.

        `rooms` says how many each endpoint may get; those it does not name may get `first_room`.
        """
        asked = {
            "endpoints": array_text(rooms),
            "rooms": array_text(rooms.values()),
            "first_room": first_room,
            "count": count,
            "token": self._token,
            "lease": LEASE_SECONDS,
        }
        async with self._connection.cursor(row_factory=args_row(Claimed)) as cursor:
            await cursor.execute(_CLAIM, asked)
            found = await cursor.fetchall()
        found.sort(key=lambda each: (each.next_at, each.sequence))
        return found

    async def endpoints(self, ids: Iterable[UUID]) -> list[EndpointRow]:
        """Return endpoints as they are now."""
        async with self._connection.cursor(row_factory=args_row(EndpointRow), binary=True) as cursor:
            await cursor.execute(_ENDPOINTS, [array_text(ids)])
            return await cursor.fetchall()

    async def record(self, results: Sequence[Result]) -> None:
        """Write down what came of attempts, where the lease is still ours."""
        rows = [
            (
                result.delivery_id,
                result.state,
                result.retry_seconds,
                result.answer.started_at,
                result.answer.duration_ms,
                result.answer.status,
                result.answer.error,
                result.request_headers,
                json_text(dict(result.answer.headers)),
                result.answer.body,
                result.url,
            )
            for result in results
        ]
        await self._connection.execute(_RECORD, [*columns_of(rows, 11), self._token])

    async def write_health(self, healths: dict[UUID, tuple[Health, datetime | None]]) -> None:
        """Write down how endpoints do, and when each last got something."""
        rows = [
            (endpoint_id, health.failures, health.failing_since, health.breaker_until, delivered_at)
            for endpoint_id, (health, delivered_at) in healths.items()
        ]
        await self._connection.execute(_HEALTH, columns_of(rows, 5))

    async def release(self, delivery_ids: Iterable[UUID]) -> None:
        """Give back what was leased and not sent; no attempt is counted."""
        await self._connection.execute(_RELEASE, [array_text(delivery_ids), self._token])

    async def sweep(self) -> int:
        """Free what ended pumps had leased and end what lived too long; return how many were freed."""
        freed = (await self._connection.execute(_REAP)).rowcount
        ended = _SWEPT_AT_ONCE
        while ended == _SWEPT_AT_ONCE:
            ended = (await self._connection.execute(_EXPIRE, [_SWEPT_AT_ONCE])).rowcount
        return freed

    async def close(self) -> None:
        """Close the connection, and with it end the leadership."""
        await self._connection.close()
