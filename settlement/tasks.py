"""Drafting statements in the background: one task a tenant, and one that asks for every tenant's."""

from datetime import date
from uuid import UUID

from celery import shared_task

from core.clock import now
from core.errors import Conflict
from settlement import queries, services
from settlement.rules.periods import Month


@shared_task(throws=(Conflict,))  # type: ignore[untyped-decorator]
def draft_statement(*, tenant_id: str, period_start: str) -> None:
    """Draft one tenant's statement of the month that begins on `period_start`, or replace its draft."""
    services.draft_statement(
        tenant_id=UUID(tenant_id), period_start_date=date.fromisoformat(period_start), drafted_at=now()
    )


@shared_task  # type: ignore[untyped-decorator]
def draft_statements(*, period: str) -> None:
    """Enqueue the drafting of every tenant's statement of a month, `YYYY-MM`."""
    month = Month.parse(period)
    for tenant_id in queries.list_tenants_with_plan(month=month):
        draft_statement.delay(tenant_id=str(tenant_id), period_start=month.start_date.isoformat())
