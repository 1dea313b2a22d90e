"""Reads what statements are made of and what they say.

Every function filters by the tenant it is given; a process that sees one tenant only calls them inside
`tenant(...)`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Greatest

from core.errors import NotFound
from core.tenancy import tenant_snapshot
from partners.models import Tenant, TenantKind
from settlement.models import (
    FINAL_STATUSES,
    Plan,
    Statement,
    StatementAdjustment,
    StatementCharge,
    StatementLine,
)
from settlement.rules.periods import Month, midnight
from sportsbook.models import Settlement

# The rates are asked for the sums and not for each statement, of which there are thousands.
_COMMISSION: Final = """
WITH monthly AS MATERIALIZED (
    SELECT s.period_start_date AS first_day, s.currency_id AS currency, sum(s.total) AS total
    FROM settlement_statement s JOIN partners_tenant t ON t.id = s.tenant_id
    WHERE t.kind = %(kind)s AND s.period_start_date >= %(since)s GROUP BY 1, 2
)
SELECT first_day, currency, total, partners_usd_rate(currency, first_day) FROM monthly ORDER BY 1, 2
"""


class StatementUnknown(NotFound):
    """No statement of this tenant has that id, or the tenant is not shown it yet."""


@dataclass(frozen=True, slots=True)
class SettledSum:
    """What was settled on a fixture (None: on multiples) in one currency under one version of the plan.

    `plan_version` is None for what was settled on a day without a plan.
    """

    plan_version: int | None
    fixture_id: UUID | None
    currency: str
    stakes: Decimal
    payouts: Decimal
    bet_count: int


@dataclass(frozen=True, slots=True)
class StatementContent:
    """A statement with all its lines, charges and adjustments, in their order."""

    statement: Statement
    partner_id: UUID
    lines: Sequence[StatementLine]
    charges: Sequence[StatementCharge]
    adjustments: Sequence[StatementAdjustment]


@contextmanager
def snapshot(tenant_id: UUID) -> Iterator[None]:
    """Open a transaction on one tenant that reads all at one moment, a statement with its own lines."""
    with tenant_snapshot(tenant_id):
        yield


def list_plans(*, tenant_id: UUID, month: Month) -> list[Plan]:
    """Return the versions of a tenant's plan that are valid on a day of the month, oldest first."""
    return list(
        Plan.objects.filter(tenant_id=tenant_id, valid_from__lt=month.end_date)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=Greatest(F("valid_from"), month.start_date)))
        .order_by("valid_from")
    )


def sum_settlements(
    *, tenant_id: UUID, plans: Sequence[Plan], month: Month, time_zone: str, until: datetime
) -> list[SettledSum]:
    """Return what was settled in a month of a time zone, up to and including `until`, by one query.

    Grouped by fixture, currency and the version of the plan valid on the day of the settlement.
    """
    groups = (
        _settled_in(tenant_id=tenant_id, month=month, time_zone=time_zone, until=until)
        .annotate(plan_version=_version_at_settlement(plans, time_zone))
        .order_by()
        .values("plan_version", "fixture_id", "currency")
        .annotate(
            stakes=Sum("stake_delta"), payouts=Sum("payout_delta"), bet_count=Count("bet_id", distinct=True)
        )
    )
    return [SettledSum(**group) for group in groups]


def list_statements(
    *, tenant_id: UUID, tenant_kind: str, after: tuple[Any, ...] | None = None
) -> QuerySet[Statement]:
    """Return the statements that a tenant is shown, newest month first: drafts to test tenants only.

    `after` is the (period_start_date, id) of the last statement seen.
    """
    shown = Statement.objects.filter(tenant_id=tenant_id).order_by("-period_start_date", "-id")
    if after is not None:
        start_date, seen_id = after
        shown = shown.filter(
            Q(period_start_date__lt=start_date) | Q(period_start_date=start_date, pk__lt=seen_id)
        )
    if tenant_kind == TenantKind.TEST:
        return shown
    return shown.filter(status__in=FINAL_STATUSES)


def get_statement(*, tenant_id: UUID, statement_id: UUID, tenant_kind: str) -> Statement:
    """Return a statement that the tenant is shown, or raise StatementUnknown."""
    found = list_statements(tenant_id=tenant_id, tenant_kind=tenant_kind).filter(pk=statement_id).first()
    if found is None:
        raise StatementUnknown
    return found


def get_any_statement(*, tenant_id: UUID, statement_id: UUID) -> Statement:
    """Return a statement in whatever status, or raise StatementUnknown; for staff and jobs."""
    found = (
        Statement.objects.select_related("tenant__partner")
        .filter(tenant_id=tenant_id, pk=statement_id)
        .first()
    )
    if found is None:
        raise StatementUnknown
    return found


def lock_statement(*, tenant_id: UUID, statement_id: UUID) -> Statement:
    """Return a statement that nobody else writes until the transaction ends, or raise StatementUnknown."""
    found = (
        Statement.objects.select_for_update(of=("self",))
        .select_related("tenant__partner")
        .filter(tenant_id=tenant_id, pk=statement_id)
        .first()
    )
    if found is None:
        raise StatementUnknown
    return found


def sum_settled(statement: Statement, *, until: datetime) -> tuple[Decimal, Decimal]:
    """Return stakes and payouts settled in a statement's month up to a moment, all currencies together.

    A checksum of what the statement counts, and no amount of money.
    """
    found = _settled_in(
        tenant_id=statement.tenant_id,
        month=month_of(statement),
        time_zone=statement.time_zone,
        until=until,
    ).aggregate(stakes=Sum("stake_delta"), payouts=Sum("payout_delta"))
    return found["stakes"] or Decimal(0), found["payouts"] or Decimal(0)


def list_tenants_with_plan(*, month: Month) -> list[UUID]:
    """Return the tenants with a plan in a month, or with bets that could have been settled in it without one.

    For the jobs, which see every tenant; oldest tenant first.
    """
    # Months of partners' time zones differ by less than a day from the month in UTC.
    start_at, end_at = month.bounds("UTC")
    day = timedelta(days=1)
    settled = Settlement.objects.filter(
        tenant_id=OuterRef("pk"), settled_at__gte=start_at - day, settled_at__lt=end_at + day
    )
    planned = Plan.objects.filter(tenant_id=OuterRef("pk"), valid_from__lt=month.end_date).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=Greatest(F("valid_from"), month.start_date))
    )
    return list(
        Tenant.objects.filter(Exists(planned) | Exists(settled)).order_by("pk").values_list("pk", flat=True)
    )


def get_content(statement: Statement) -> StatementContent:
    """Return a statement with its lines and charges. Called inside `snapshot(...)`, where they agree."""
    return StatementContent(
        statement=statement,
        partner_id=statement.tenant.partner_id,
        lines=list(list_lines(statement)),
        charges=list(
            StatementCharge.objects.filter(tenant_id=statement.tenant_id, statement_id=statement.pk)
            .select_related("plan")
            .order_by("number")
        ),
        adjustments=list(list_adjustments(statement)),
    )


def list_adjustments(statement: Statement) -> QuerySet[StatementAdjustment]:
    """Return what two people added to a statement, in the order in which they did."""
    return StatementAdjustment.objects.filter(
        tenant_id=statement.tenant_id, statement_id=statement.pk
    ).order_by("id")


def list_lines(statement: Statement, *, after: tuple[int, ...] | None = None) -> QuerySet[StatementLine]:
    """Return a statement's lines in their order, each with its plan's version; `after` is a (number,)."""
    return (
        StatementLine.objects.filter(
            tenant_id=statement.tenant_id,
            statement_id=statement.pk,
            number__gt=after[0] if after is not None else 0,
        )
        .select_related("plan")
        .order_by("number")
    )


def list_settlements(statement: Statement, *, after: tuple[Any, ...] | None = None) -> QuerySet[Settlement]:
    """Return the settlements behind a statement, each with its bet, in the order they happened.

    `after` is the (settled_at, bet_id, revision) of the last one seen.
    """
    settled = _settled_in(
        tenant_id=statement.tenant_id,
        month=month_of(statement),
        time_zone=statement.time_zone,
        until=statement.drafted_at,
    )
    if after is not None:
        at, bet_id, revision = after
        settled = settled.filter(settled_at__gte=at).filter(
            Q(settled_at__gt=at) | Q(bet_id__gt=bet_id) | Q(bet_id=bet_id, revision__gt=revision)
        )
    return settled.select_related("bet").order_by("settled_at", "bet_id", "revision")


def find_statement(*, tenant_id: UUID, month: Month) -> Statement | None:
    """Return a tenant's statement of a month, in whatever status, or None."""
    return Statement.objects.filter(tenant_id=tenant_id, period_start_date=month.start_date).first()


def list_commission(*, kind: str, since: date) -> list[tuple[date, str, Decimal, Decimal | None]]:
    """Return each month's total of all statements of test, or of production tenants, from a month on: its
    first day, the currency, the total, drafts included, and what a unit was in USD on that day, if known.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COMMISSION, {"kind": kind, "since": since})
        return list(cursor.fetchall())


def month_of(statement: Statement) -> Month:
    """Return the month that a statement is for."""
    return Month(statement.period_start_date.year, statement.period_start_date.month)


def _settled_in(*, tenant_id: UUID, month: Month, time_zone: str, until: datetime) -> QuerySet[Settlement]:
    start_at, end_at = month.bounds(time_zone)
    return Settlement.objects.filter(
        tenant_id=tenant_id, settled_at__gte=start_at, settled_at__lt=end_at, settled_at__lte=until
    )


def _version_at_settlement(plans: Sequence[Plan], time_zone: str) -> Case:
    # The days' bounds come from Python's time zones alone, so that lines and periods cannot disagree on them.
    return Case(
        *(When(_valid(plan, time_zone), then=Value(plan.version)) for plan in plans),
        default=None,
        output_field=IntegerField(),
    )


def _valid(plan: Plan, time_zone: str) -> Q:
    valid = Q(settled_at__gte=midnight(plan.valid_from, time_zone))
    if plan.valid_to is not None:
        valid &= Q(settled_at__lt=midnight(plan.valid_to, time_zone))
    return valid
