"""Writes on the rows that every app stands on."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from core.models import IdempotencyKey
from core.tenancy import call_in_tenant

KEYS_KEPT_FOR: Final = timedelta(hours=48)
EVENTS_PER_CALL: Final = 5_000

# From tenant to tenant by the key, so that it costs nothing how many events there are.
_WITH_OLD_EVENTS: Final = """
WITH RECURSIVE tenant(id) AS (
    (SELECT tenant_id FROM core_event ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT e.tenant_id FROM core_event e WHERE e.tenant_id > tenant.id ORDER BY e.tenant_id LIMIT 1)
    FROM tenant WHERE tenant.id IS NOT NULL
)
SELECT tenant.id FROM tenant
WHERE (SELECT e.occurred_at FROM core_event e
       WHERE e.tenant_id = tenant.id ORDER BY e.sequence LIMIT 1) < %s
"""


def forget_idempotency_keys(*, now: datetime) -> int:
    """Remove keys older than 48 hours (24 are promised) and return how many there were."""
    removed, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEYS_KEPT_FOR).delete()
    return removed


def forget_events(*, older_than: timedelta, at: datetime) -> int:
    """Remove every tenant's events of before, from the oldest on and never the last; return how many.

    In transactions of a few thousand, with the rights of the jobs. A day is kept at least.
    """
    before = at - older_than
    with connection.cursor() as cursor:
        cursor.execute(_WITH_OLD_EVENTS, [before])
        tenant_ids = [tenant_id for (tenant_id,) in cursor.fetchall()]
    return sum(_forget_events_of(tenant_id, before) for tenant_id in tenant_ids)


def _forget_events_of(tenant_id: UUID, before: datetime) -> int:
    total = 0
    removed: int
    while True:
        ((removed,),) = call_in_tenant(
            "SELECT core_forget_events(%s, %s, %s)", [tenant_id, before, EVENTS_PER_CALL]
        )
        total += removed
        if removed < EVENTS_PER_CALL:
            return total
