"""What is not kept for ever: deliveries and attempts past their time, secrets that have ended."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

BATCH: Final = 5000

_CANCEL: Final = """
UPDATE webhooks_delivery d SET state = 'cancelled', finished_at = %s
FROM webhooks_endpoint e WHERE e.id = d.endpoint_id AND e.removed_at IS NOT NULL AND d.state = 'pending'
"""
_END: Final = "DELETE FROM webhooks_secret WHERE expires_at < %s"
_FORGET: Final = (
    "DELETE FROM webhooks_attempt WHERE (delivery_id, number) IN "
    "(SELECT delivery_id, number FROM webhooks_attempt WHERE delivery_id < %s ORDER BY delivery_id LIMIT %s)",
    "DELETE FROM webhooks_delivery WHERE id IN "
    "(SELECT id FROM webhooks_delivery WHERE id < %s AND state <> 'leased' ORDER BY id LIMIT %s)",
)


def forget_old(*, older_than: timedelta, at: datetime) -> int:
    """Remove deliveries made before that, with their attempts, and secrets that have ended; return how many
    rows there were.

    What still waits for an endpoint that was removed meanwhile is cancelled.
    """
    _execute(_CANCEL, [at])
    _execute(_END, [at])
    until = _first_id(at - older_than)
    return sum(_forget(statement, until) for statement in _FORGET)


def _forget(statement: str, until: UUID) -> int:
    removed = 0
    while found := _execute(statement, [until, BATCH]):
        removed += found
    return removed


def _first_id(moment: datetime) -> UUID:
    """Return the smallest id of a moment: a UUIDv7 begins with its milliseconds."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _execute(statement: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
