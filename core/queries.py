"""Reads of the event feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

SCAN_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event with its number; `data` is JSON text."""

    sequence: int
    event_id: UUID
    type: str
    occurred_at: datetime
    data: str


def list_events(
    *, tenant_id: UUID, after: int, types: Sequence[str], limit: int
) -> tuple[list[NumberedEvent], int]:
    """Return events with a sequence above `after`, of the given types (none: all), and where to go on from.

    One call looks at up to 10,000 events, whatever the types, so that asking for a rare type stays cheap;
    the second value is the sequence up to which nothing was left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequence FROM core_event WHERE tenant_id = %s ORDER BY sequence DESC LIMIT 1", [tenant_id]
        )
        head = cursor.fetchone()
        until = min(head[0] if head else 0, after + SCAN_MAX)
        cursor.execute(
            "SELECT sequence, event_id, type, occurred_at, data::text FROM core_event "
            "WHERE tenant_id = %s AND sequence > %s AND sequence <= %s "
            "AND (%s::text[] IS NULL OR type = ANY (%s)) "
            "ORDER BY sequence LIMIT %s",
            [tenant_id, after, until, list(types) or None, list(types), limit],
        )
        found = [NumberedEvent(*row) for row in cursor.fetchall()]
    seen = found[-1].sequence if len(found) == limit else until
    return found, max(seen, after)
