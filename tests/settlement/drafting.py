"""Drafting a month's statement, and what it is counted from."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from partners.models import Tenant
from partners.services import enter_exchange_rate
from settlement import queries, services
from settlement.api.serializers import StatementView, statement_view
from settlement.models import Statement, StatementStatus
from settlement.rules.periods import Month
from tests.makers.settlement import Settled, make_named_fixture, move_on

MID_MARCH = datetime(2026, 3, 15, 12, tzinfo=UTC)
AFTER_MARCH = datetime(2026, 4, 2, 6, tzinfo=UTC)


def draft(tenant: Tenant, period: str = "2026-03", at: datetime = AFTER_MARCH) -> StatementView:
    statement = services.draft_statement(
        tenant_id=tenant.pk, period_start_date=Month.parse(period).start_date, drafted_at=at
    )
    with queries.snapshot(tenant.pk):
        return statement_view(
            queries.get_content(queries.get_any_statement(tenant_id=tenant.pk, statement_id=statement.pk))
        )


def book(revenues: Iterable[str], currency: str = "EUR") -> list[Settled]:
    """One fixture each, with this revenue, settled in the middle of March."""
    return [
        Settled(
            stakes=str(max(Decimal(revenue), Decimal(0))),
            payouts=str(max(-Decimal(revenue), Decimal(0))),
            settled_at=MID_MARCH,
            fixture=make_named_fixture(),
            currency=currency,
        )
        for revenue in revenues
    ]


def enter_rate(base: str, quote: str, rate: str, valid_date: date = date(2026, 1, 1)) -> None:
    enter_exchange_rate(
        base=base,
        quote=quote,
        valid_date=valid_date,
        rate=Decimal(rate),
        source="central bank",
        entered_at=AFTER_MARCH,
    )


def mark(tenant: Tenant, status: StatementStatus) -> Statement:
    """Move a tenant's only statement to a status."""
    statement = Statement.objects.get(tenant=tenant)
    if status == StatementStatus.ISSUED:
        move_on(statement, status)
    else:
        Statement.objects.filter(pk=statement.pk).update(status=status)
    return statement
