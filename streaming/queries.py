"""What the stream's process reads from PostgreSQL: how far the sequences are, what was missed, whole
pictures.

Called in threads, never in the event loop.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection

from core.numbering import NumberedEvent, NumberedFact
from core.tenancy import tenant

READ_ITEMS: Final = 500

_EVENTS: Final = (
    "SELECT tenant_id, sequence, event_id, type, occurred_at, data::text FROM core_event "
    "WHERE tenant_id = %s AND sequence > %s AND sequence <= %s ORDER BY sequence LIMIT %s"
)
_FACTS: Final = (
    "SELECT tenant_id, sequence, type, occurred_at, data::text FROM core_fact "
    "WHERE sequence > %s AND sequence <= %s AND (tenant_id IS NULL OR tenant_id = %s) "
    "ORDER BY sequence LIMIT %s"
)


@dataclass(frozen=True, slots=True)
class Heads:
    """The last event of each tenant (0: none yet), and the last fact that is new; None when there is none."""

    events: dict[UUID, int]
    fact: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """The oldest and the last item that a tenant can still read; `last` is 0 and `oldest` 1 without any."""

    oldest: int
    last: int


def read_heads(tenants: Sequence[UUID], *, facts_after: int | None) -> Heads:
    """Return how far the sequences of these tenants and the facts are, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM streaming_heads(%s::uuid[], %s)", [list(tenants), facts_after])
        rows: list[tuple[UUID | None, int | None, int | None]] = cursor.fetchall()
    return Heads(
        events={tenant_id: head or 0 for tenant_id, head, _ in rows if tenant_id is not None},
        fact=max((fact for _, _, fact in rows if fact is not None), default=None),
    )


def read_kept_events(tenant_id: UUID) -> Kept:
    """Return which events of a tenant are kept."""
    with tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT sequence FROM core_event WHERE tenant_id = %s ORDER BY sequence LIMIT 1), "
            "(SELECT sequence FROM core_event WHERE tenant_id = %s ORDER BY sequence DESC LIMIT 1)",
            [tenant_id, tenant_id],
        )
        oldest, last = cursor.fetchone() or (None, None)
    return Kept(oldest=oldest or 1, last=last or 0)


def read_kept_facts(tenant_id: UUID) -> Kept:
    """Return which facts are kept, of those that a tenant may see."""
    with tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT sequence FROM core_fact ORDER BY sequence LIMIT 1), "
            "(SELECT sequence FROM core_fact ORDER BY sequence DESC LIMIT 1)"
        )
        oldest, last = cursor.fetchone() or (None, None)
    return Kept(oldest=oldest or 1, last=last or 0)


def read_events(tenant_id: UUID, *, after: int, until: int, limit: int = READ_ITEMS) -> list[NumberedEvent]:
    """Return a tenant's events above `after`, up to `until`, in order."""
    with tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(_EVENTS, [tenant_id, after, until, limit])
        return [NumberedEvent(*row) for row in cursor.fetchall()]


def read_facts(tenant_id: UUID, *, after: int, until: int, limit: int = READ_ITEMS) -> list[NumberedFact]:
    """Return the facts above `after`, up to `until`, that a tenant may see, in order."""
    with tenant(tenant_id), connection.cursor() as cursor:
        cursor.execute(_FACTS, [after, until, tenant_id, limit])
        return [NumberedFact(*row) for row in cursor.fetchall()]


def read_facts_of_all(tenants: Iterable[UUID], *, after: int, until: int) -> list[NumberedFact]:
    """Return all facts above `after`, up to `until`, that anybody of these tenants may see, in order."""
    count = until - after
    with connection.cursor() as cursor:
        cursor.execute(_FACTS, [after, until, None, count])
        found = {row[1]: NumberedFact(*row) for row in cursor.fetchall()}
    for tenant_id in tenants:
        with tenant(tenant_id), connection.cursor() as cursor:
            cursor.execute(_FACTS.replace("tenant_id IS NULL OR ", ""), [after, until, tenant_id, count])
            found |= {row[1]: NumberedFact(*row) for row in cursor.fetchall()}
    return [found[sequence] for sequence in sorted(found)]
