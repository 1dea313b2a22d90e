"""The counted figures as charts: bets, stakes, revenue and errors over hours, days or months.

Amounts of one currency stay in it. Amounts of several are shown in USD, each at the rate of its own time: a
picture for comparing, where statements are the account.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from core.admin.charts import Chart, Point, Series, sum_of
from partners.models import Partner, TenantKind
from reporting.queries import Bets, Grain, Requests, Span, list_bets, list_requests, span_until

TITLES: Final = {Grain.HOUR: "an hour", Grain.DAY: "a day", Grain.MONTH: "a month"}
BLUE, AMBER, GREEN, RED = range(4)

Amount = tuple[datetime, str, Decimal, Decimal | None]
"""When (the start of a bucket), in which currency, how much, and what a unit is in USD."""


@dataclass(frozen=True)
class Money:
    """A figure of each bucket in one currency: its code, and what could not be converted into it."""

    currency: str
    values: tuple[Decimal, ...]
    left_out: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal:
        """The sum over all buckets."""
        return sum_of(self.values)

    @property
    def note(self) -> str:
        """What a reader should know about how these amounts came about."""
        if not self.left_out:
            return ""
        return f"Without {', '.join(self.left_out)}: nobody has entered a rate to USD."


def money_of(amounts: Iterable[Amount], span: Span) -> Money:
    """Return the sum of each bucket, in the only currency there is, or else in USD."""
    found = [amount for amount in amounts if amount[1]]
    currencies = sorted({currency for _, currency, _, _ in found})
    single = currencies[0] if len(currencies) == 1 else ""
    values = dict.fromkeys(span.starts, Decimal(0))
    left_out = set()
    for at, currency, amount, usd_rate in found:
        if single:
            values[at] += amount
        elif usd_rate is None:
            left_out.add(currency)
        else:
            values[at] += amount * usd_rate
    return Money(single or "USD", tuple(values.values()), tuple(sorted(left_out)))


def stakes_of(rows: Iterable[Bets], span: Span) -> Money:
    """Return the stakes of bets placed."""
    return money_of(((row.start_at, row.currency, row.stakes_placed, row.usd_rate) for row in rows), span)


def revenue_of(rows: Iterable[Bets], span: Span) -> Money:
    """Return stakes less payouts of what was settled, corrections in the bucket they were made in."""
    return money_of(((row.start_at, row.currency, row.revenue, row.usd_rate) for row in rows), span)


def points_of(span: Span) -> tuple[Point, ...]:
    """Return the buckets as the horizontal axis names them."""
    return tuple(_point(span.grain, at) for at in span.starts)


def _point(grain: Grain, at: datetime) -> Point:
    if grain == Grain.HOUR:
        return Point(f"{at:%Y-%m-%d %H}:00 UTC", f"{at:%H}:00")
    if grain == Grain.DAY:
        return Point(f"{at:%Y-%m-%d}", f"{at.day} {at:%b}")
    return Point(f"{at:%Y-%m}", f"{at:%b} {at:%y}")


def bets_chart(rows: Sequence[Bets], span: Span, *, of: str = "") -> Chart:
    """Return bets placed and refused."""
    placed, refused = dict.fromkeys(span.starts, 0), dict.fromkeys(span.starts, 0)
    for row in rows:
        placed[row.start_at] += row.bets_placed
        refused[row.start_at] += row.bets_refused
    return Chart(
        f"Bets {TITLES[span.grain]}{of}",
        points_of(span),
        bars=(
            Series("Placed", tuple(placed.values()), BLUE),
            Series("Refused", tuple(refused.values()), AMBER),
        ),
        empty="No bet was placed or refused in this time.",
    )


def stakes_chart(rows: Sequence[Bets], span: Span, *, of: str = "") -> Chart:
    """Return the stakes of bets placed."""
    found = stakes_of(rows, span)
    return Chart(
        f"Stakes {TITLES[span.grain]}{of}",
        points_of(span),
        bars=(Series("Stakes", found.values, BLUE),),
        unit=found.currency,
        note=found.note,
        empty="No stake was placed in this time.",
    )


def revenue_chart(rows: Sequence[Bets], span: Span, *, of: str = "") -> Chart:
    """Return revenue."""
    found = revenue_of(rows, span)
    return Chart(
        f"Revenue {TITLES[span.grain]}{of}",
        points_of(span),
        bars=(Series("Revenue", found.values, GREEN),),
        unit=found.currency,
        note=found.note,
        empty="No bet was settled in this time.",
    )


def errors_chart(rows: Sequence[Requests], span: Span, *, of: str = "") -> Chart:
    """Return API requests that were refused or failed."""
    refused, failed = dict.fromkeys(span.starts, 0), dict.fromkeys(span.starts, 0)
    for row in rows:
        refused[row.start_at] += row.refused
        failed[row.start_at] += row.failed
    return Chart(
        f"API errors {TITLES[span.grain]}{of}",
        points_of(span),
        bars=(
            Series("Refused (4xx)", tuple(refused.values()), AMBER),
            Series("Failed (5xx)", tuple(failed.values()), RED),
        ),
        empty="No request was refused or failed in this time.",
    )


@dataclass(frozen=True)
class PartnerOverview:
    """How a partner's tenant of one kind did: sums over the time, and charts of its days (UTC)."""

    kind: str
    bets_placed: int
    bets_refused: int
    stakes: Money
    revenue: Money
    requests: int
    errors: int
    charts: tuple[Chart, ...]

    @property
    def error_rate(self) -> Decimal:
        """The fraction of requests that were refused or failed; 0 without requests."""
        return Decimal(self.errors) / self.requests if self.requests else Decimal(0)


def partner_overview(
    partner: Partner, *, days: int = 30, at: datetime, kind: str | None = None
) -> PartnerOverview:
    """Return a partner's volumes of the last `days` days, today's included, as they are counted so far.

    `kind` is "test" or "production"; left out, it is production as soon as that had a request or a bet in the
    time. `charts` are bets, stakes, revenue and API errors a day, in this order, each for
    `{% include "office/chart.html" with chart=chart %}`. Amounts are `Money`: in the tenant's currency where
    it has one, else in USD. At most five queries, of some hundred rows.
    """
    span = span_until(Grain.DAY, days, at=at)
    tenants = dict(partner.tenants.values_list("kind", "pk"))
    kinds = [kind] if kind is not None else [TenantKind.PRODUCTION.value, TenantKind.TEST.value]
    for shown in kinds:
        ids = [tenants[shown]] if shown in tenants else []
        bets, requests = list_bets(span, tenant_ids=ids), list_requests(span, tenant_ids=ids)
        if bets or requests:
            break
    return PartnerOverview(
        kind=shown,
        bets_placed=sum(row.bets_placed for row in bets),
        bets_refused=sum(row.bets_refused for row in bets),
        stakes=stakes_of(bets, span),
        revenue=revenue_of(bets, span),
        requests=sum(row.requests for row in requests),
        errors=sum(row.refused + row.failed for row in requests),
        charts=(
            bets_chart(bets, span),
            stakes_chart(bets, span),
            revenue_chart(bets, span),
            errors_chart(requests, span),
        ),
    )
