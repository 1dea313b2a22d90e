"""Writes statements: a month is drafted, and drafted again until its statement is past its draft."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from core.audit import record
from core.currencies import scale_of
from core.errors import Conflict
from core.ids import typeid
from core.money import CONTEXT, exact_text, round_half_up
from core.tenancy import tenant
from partners.models import Tenant
from partners.queries import Rate, get_rate
from settlement import queries
from settlement.models import (
    LineKind,
    Plan,
    Statement,
    StatementCharge,
    StatementLine,
    StatementStatus,
)
from settlement.rules.periods import Month
from settlement.rules.statements import Draft, Settled, draw_statement
from settlement.services.plans import lock_tenant, version_view
from sportsbook.models import Fixture

NUMBER_TAIL: Final = 6
RATE_DECIMALS: Final = 18


class StatementIssued(Conflict):
    code = "STATEMENT_ISSUED"
    message = "The statement of this month is past its draft and is not drafted again."

    def __init__(self, statement: Statement) -> None:
        super().__init__(details={"number": statement.number, "status": str(statement.status)})
        self.statement_id = statement.pk


class PlanMissing(Conflict):
    code = "PLAN_MISSING"
    message = "Bets were settled on days for which the tenant has no commission plan."


class NothingToState(Conflict):
    code = "NO_PLAN"
    message = "The tenant has no commission plan in this month, and nothing was settled in it."


class PlansDisagree(Conflict):
    code = "PLANS_DISAGREE"
    message = "A statement has one currency and one payer: a version that changes them begins with a month."


class PeriodNotBegun(Conflict):
    code = "PERIOD_NOT_BEGUN"
    message = "The month has not begun in the partner's time zone."


class AdjustmentsDisagree(Conflict):
    code = "ADJUSTMENTS_DISAGREE"
    message = "The statement has adjustments in another currency than its plan has now."


@dataclass(frozen=True, slots=True)
class _Terms:
    """What the versions of a plan that are valid in one month have in common."""

    versions: Mapping[int, Plan]
    currency: str
    payer: str


def draft_statement(*, tenant_id: UUID, period_start_date: date, drafted_at: datetime) -> Statement:
    """Draft a tenant's statement of the month that begins on a date; a draft is replaced, keeping its number.

    Counts what was settled in the month until `drafted_at`, so an open month can be drafted; a month without
    bets has a statement of zero. Currencies convert at the rate of the month's last day, or of the day of
    drafting where that is earlier. Raises TenantUnknown, PeriodNotBegun, StatementIssued, PlanMissing,
    NothingToState, PlansDisagree, and ExchangeRateMissing.
    """
    month = Month(period_start_date.year, period_start_date.month)
    with tenant(tenant_id):
        owner = lock_tenant(tenant_id)
        time_zone = owner.partner.time_zone
        if Month.of(drafted_at, time_zone) < month:
            raise PeriodNotBegun(details={"period": str(month), "timeZone": time_zone})
        statement = queries.find_statement(tenant_id=tenant_id, month=month)
        if statement is not None and statement.status != StatementStatus.DRAFT:
            raise StatementIssued(statement)
        plans = queries.list_plans(tenant_id=tenant_id, month=month)
        sums = queries.sum_settlements(
            tenant_id=tenant_id, plans=plans, month=month, time_zone=time_zone, until=drafted_at
        )
        terms = _find_terms(plans, sums)
        rates = _lock_rates(sums, terms.currency, _conversion_date(month, time_zone, drafted_at))
        draft = draw_statement(
            _settled(sums, terms),
            {code: found.rate for code, found in rates.items()},
            scale_of(terms.currency),
        )
        statement = _write_head(statement, owner, month, terms, draft, drafted_at)
        _write_lines(statement, terms, draft)
        _write_charges(statement, terms, draft, rates)
        record(
            action="draft statement",
            subject=statement,
            recorded_at=drafted_at,
            after={
                "number": statement.number,
                "total": exact_text(statement.total, 2),
                "lines": len(draft.lines),
            },
        )
    return statement


def _find_terms(plans: Sequence[Plan], sums: Sequence[queries.SettledSum]) -> _Terms:
    if any(part.plan_version is None for part in sums):
        raise PlanMissing
    if not plans:
        raise NothingToState
    if len({(plan.currency_id, plan.payer) for plan in plans}) > 1:
        raise PlansDisagree(details={"versions": [plan.version for plan in plans]})
    return _Terms({plan.version: plan for plan in plans}, plans[0].currency_id, plans[0].payer)


def _conversion_date(month: Month, time_zone: str, drafted_at: datetime) -> date:
    last_day = month.end_date - timedelta(days=1)
    return min(last_day, drafted_at.astimezone(ZoneInfo(time_zone)).date())


def _lock_rates(sums: Sequence[queries.SettledSum], currency: str, on_date: date) -> dict[str, Rate]:
    # A rate is stated with 18 decimals, and what is stated is what is used.
    codes = sorted({part.currency for part in sums})
    found = {code: get_rate(base=code, quote=currency, on_date=on_date) for code in codes}
    return {code: replace(rate, rate=round_half_up(rate.rate, RATE_DECIMALS)) for code, rate in found.items()}


def _settled(sums: Sequence[queries.SettledSum], terms: _Terms) -> list[Settled]:
    return [
        Settled(
            plan_version=part.plan_version,
            rate=terms.versions[part.plan_version].rate,
            fixture_id=part.fixture_id,
            currency=part.currency,
            stakes=part.stakes,
            payouts=part.payouts,
            bet_count=part.bet_count,
        )
        for part in sums
        if part.plan_version is not None
    ]


def _write_head(
    statement: Statement | None,
    owner: Tenant,
    month: Month,
    terms: _Terms,
    draft: Draft,
    drafted_at: datetime,
) -> Statement:
    tail = typeid("tnt", owner.pk)[-NUMBER_TAIL:].upper()
    statement = statement or Statement(
        tenant=owner, number=f"{month}-{tail}", period_start_date=month.start_date
    )
    statement.period_end_date = month.end_date
    statement.time_zone = owner.partner.time_zone
    statement.currency_id = terms.currency
    statement.plan = {
        "payer": terms.payer,
        "versions": [version_view(plan) for plan in terms.versions.values()],
    }
    statement.parties = {
        "platform": dict(settings.PLATFORM_PARTY),
        "partner": {
            "name": owner.partner.name,
            "legalName": owner.partner.legal_name,
            "legalAddress": owner.partner.legal_address,
            "vatNumber": owner.partner.vat_number,
            "country": owner.partner.country,
        },
    }
    statement.revenue = draft.revenue
    statement.total = CONTEXT.add(draft.total, _sum_adjustments(statement))
    statement.drafted_at = drafted_at
    statement.save()
    return statement


def _sum_adjustments(statement: Statement) -> Decimal:
    adjustments = list(queries.list_adjustments(statement))
    if any(each.currency != statement.currency_id for each in adjustments):
        raise AdjustmentsDisagree
    return sum((each.amount for each in adjustments), Decimal(0))


def _write_lines(statement: Statement, terms: _Terms, draft: Draft) -> None:
    StatementLine.objects.filter(tenant_id=statement.tenant_id, statement_id=statement.pk).delete()
    ids = {line.fixture_id for line in draft.lines if line.fixture_id is not None}
    fixtures = Fixture.objects.select_related("competition").in_bulk(ids)
    lines = []
    for number, line in enumerate(draft.lines, start=1):
        fixture = fixtures[line.fixture_id] if line.fixture_id is not None else None
        lines.append(
            StatementLine(
                tenant_id=statement.tenant_id,
                statement=statement,
                number=number,
                kind=LineKind(line.kind),
                fixture=fixture,
                competition=fixture.competition.name if fixture is not None else "",
                home=fixture.home if fixture is not None else "",
                away=fixture.away if fixture is not None else "",
                starts_at=fixture.starts_at if fixture is not None else None,
                plan=terms.versions[line.plan_version],
                currency=line.currency,
                stakes=line.stakes,
                payouts=line.payouts,
                revenue=line.revenue,
                rate=line.rate,
                amount=line.amount,
                bet_count=line.bet_count,
            )
        )
    StatementLine.objects.bulk_create(lines, batch_size=500)


def _write_charges(statement: Statement, terms: _Terms, draft: Draft, rates: Mapping[str, Rate]) -> None:
    StatementCharge.objects.filter(tenant_id=statement.tenant_id, statement_id=statement.pk).delete()
    StatementCharge.objects.bulk_create(
        StatementCharge(
            tenant_id=statement.tenant_id,
            statement=statement,
            number=number,
            rule=terms.versions[charge.plan_version].kind,
            plan=terms.versions[charge.plan_version],
            currency=charge.currency,
            base=charge.base,
            rate=charge.rate,
            conversion_rate=charge.conversion_rate,
            conversion_source=rates[charge.currency].source,
            conversion_date=rates[charge.currency].valid_date,
            amount=charge.amount,
        )
        for number, charge in enumerate(draft.charges, start=1)
    )
