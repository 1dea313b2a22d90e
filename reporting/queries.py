"""Reads the counted figures: bets, money and requests by hour, day or month, of some tenants or of all.

Times are in UTC. Nothing here adds up bets, settlements or requests themselves.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, QuerySet

from partners.models import Partner, Tenant, TenantKind
from reporting.models import DailyBets, Mark, PlatformBets


class Grain(StrEnum):
    """How long each bucket of a series is."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """So many buckets of a grain, from `start_at` on; `start_at` is the beginning of the first."""

    grain: Grain
    start_at: datetime
    count: int

    @property
    def starts(self) -> list[datetime]:
        """The beginning of each bucket."""
        return list(self._starts(self.count))

    @property
    def end_at(self) -> datetime:
        """The end of the last bucket."""
        return list(self._starts(self.count + 1))[-1]

    def _starts(self, count: int) -> Iterator[datetime]:
        at = self.start_at
        for _ in range(count):
            yield at
            at = _next(self.grain, at)


def span_until(grain: Grain, count: int, *, at: datetime) -> Span:
    """Return the last so many buckets, the one that `at` is in included."""
    start = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if grain == Grain.HOUR:
        return Span(grain, start - timedelta(hours=count - 1), count)
    start = start.replace(hour=0)
    if grain == Grain.DAY:
        return Span(grain, start - timedelta(days=count - 1), count)
    months = start.year * 12 + start.month - count
    return Span(grain, start.replace(year=months // 12, month=months % 12 + 1, day=1), count)


def _next(grain: Grain, at: datetime) -> datetime:
    if grain == Grain.HOUR:
        return at + timedelta(hours=1)
    if grain == Grain.DAY:
        return at + timedelta(days=1)
    return (at.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Bets:
    """The bets of one bucket in one currency; refused bets have no currency.

    `usd_rate` is what one unit was in USD when the bucket ended, None where nobody entered a rate.
    """

    start_at: datetime
    currency: str
    bets_placed: int
    bets_refused: int
    bets_settled: int
    stakes_placed: Decimal
    stakes_settled: Decimal
    payouts: Decimal
    usd_rate: Decimal | None

    @property
    def revenue(self) -> Decimal:
        """What was staked on settled bets less what was paid out."""
        return self.stakes_settled - self.payouts


@dataclass(frozen=True, slots=True)
class Requests:
    """The requests of one bucket: all, the refused (4xx, but for 422: what a rule refused), and those that
    failed on our side (5xx).
    """

    start_at: datetime
    requests: int
    refused: int
    failed: int


_BETS: Final = """
WITH counted AS MATERIALIZED (
    SELECT {bucket} AS start_at, currency, sum(bets_placed)::bigint AS bets_placed,
           sum(bets_refused)::bigint AS bets_refused, sum(bets_settled)::bigint AS bets_settled,
           sum(stakes_placed) AS stakes_placed, sum(stakes_settled) AS stakes_settled, sum(payouts) AS payouts
    FROM {table} WHERE {whose} AND {time} >= %(start)s AND {time} < %(end)s GROUP BY 1, 2
), dated AS MATERIALIZED (
    SELECT *, ((start_at + %(length)s::interval) AT TIME ZONE 'UTC')::date - 1 AS rate_date FROM counted
), rate AS MATERIALIZED (
    SELECT currency, rate_date, partners_usd_rate(currency, rate_date) AS usd_rate
    FROM (SELECT DISTINCT currency, rate_date FROM dated WHERE currency <> '') AS needed
)
SELECT start_at, currency, bets_placed, bets_refused, bets_settled, stakes_placed, stakes_settled, payouts,
       usd_rate
FROM dated LEFT JOIN rate USING (currency, rate_date) ORDER BY 1, 2
"""
_REQUESTS: Final = """
SELECT {bucket}, sum(requests)::bigint, sum(refused)::bigint, sum(failed)::bigint
FROM {table} WHERE {whose} AND {time} >= %(start)s AND {time} < %(end)s GROUP BY 1 ORDER BY 1
"""
_LENGTHS: Final = {Grain.HOUR: "1 day", Grain.DAY: "1 day", Grain.MONTH: "1 month"}
_TENANTS: Final = "tenant_id = ANY (%(whose)s)"


def list_bets(span: Span, *, tenant_ids: Collection[UUID]) -> list[Bets]:
    """Return the bets of some tenants together, a row for each bucket and currency that had any."""
    if not tenant_ids:
        return []
    return [Bets(*row) for row in _rows(_BETS, span, "bets", _TENANTS, list(tenant_ids))]


def list_all_bets(span: Span, *, kind: str) -> list[Bets]:
    """Return the bets of all test tenants, or of all production tenants."""
    return [Bets(*row) for row in _rows(_BETS, span, "bets", "kind = %(whose)s", kind)]


def list_requests(span: Span, *, tenant_ids: Collection[UUID]) -> list[Requests]:
    """Return the requests of some tenants together, a row for each bucket that had any."""
    if not tenant_ids:
        return []
    return [Requests(*row) for row in _rows(_REQUESTS, span, "requests", _TENANTS, list(tenant_ids))]


def list_all_requests(span: Span, *, kind: str) -> list[Requests]:
    """Return the requests of all test tenants, or of all production tenants."""
    return [Requests(*row) for row in _rows(_REQUESTS, span, "requests", "kind = %(whose)s", kind)]


def _rows(sql: str, span: Span, what: str, whose: str, value: Any) -> list[tuple[Any, ...]]:
    is_platform = whose != _TENANTS
    if is_platform or span.grain == Grain.HOUR:
        table, time = f"reporting_{'platform' if is_platform else 'hourly'}{what}", "hour"
        bucket = f"date_trunc('{span.grain}', hour, 'UTC')"
    else:
        table, time = f"reporting_daily{what}", "day"
        bucket = f"date_trunc('{span.grain}', day::timestamp) AT TIME ZONE 'UTC'"
    by_day = time == "day"
    with connection.cursor() as cursor:
        cursor.execute(
            sql.format(bucket=bucket, table=table, time=time, whose=whose),
            {
                "whose": value,
                "start": span.start_at.date() if by_day else span.start_at,
                "end": span.end_at.date() if by_day else span.end_at,
                "length": _LENGTHS[span.grain],
            },
        )
        return list(cursor.fetchall())


@dataclass(frozen=True, slots=True)
class Counted:
    """Until when everything is counted (None before the first count), and whether production has had bets."""

    counted_at: datetime | None
    has_production: bool


def get_counted(*, since: datetime, partners: QuerySet[Partner] | None = None) -> Counted:
    """Return how far things are counted, and whether production has had bets since a moment.

    Of these partners to the day, else of the platform to the hour.
    """
    bets: QuerySet[Any] = PlatformBets.objects.filter(kind=TenantKind.PRODUCTION, hour__gte=since)
    if partners is not None:
        own = Tenant.objects.filter(kind=TenantKind.PRODUCTION, partner__in=partners.order_by())
        bets = DailyBets.objects.filter(tenant__in=own, day__gte=since.date())
    marks = Mark.objects.order_by("counted_at").annotate(has_production=Exists(bets))
    found = marks.values_list("counted_at", "has_production").first()
    return Counted(*found) if found else Counted(None, False)
