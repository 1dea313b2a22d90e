"""The section of finance: statements to prepare, to approve and to pay; revenue and commission by month."""

from datetime import UTC, datetime
from typing import Final

from django.db.models import Sum

from b2b.dashboard.parts import ROWS_MAX, Card, Section, Viewer, approvals_card
from core.admin.cells import Panel, list_url, moment, money, row_link, status_label
from core.admin.charts import Chart, Series
from reporting.charts import AMBER, money_of, points_of, revenue_chart
from reporting.queries import Grain, Span, list_all_bets, span_until
from settlement.models import OPEN_STATUSES, Statement, StatementStatus
from settlement.queries import list_commission

MONTHS: Final = 12
_COUNTED: Final = (
    ("Drafts", StatementStatus.DRAFT, True),
    ("Approved, to be issued", StatementStatus.APPROVED, False),
    ("Issued and unpaid", StatementStatus.ISSUED, False),
    ("Disputed", StatementStatus.DISPUTED, False),
)
"""Cards: title, status, and whether to show it while there is none."""


def finance(viewer: Viewer) -> Section:
    """Return statements by what they wait for, and revenue and commission of each month."""
    span = span_until(Grain.MONTH, MONTHS, at=viewer.at)
    return Section(
        "Finance",
        cards=_cards(viewer),
        charts=[
            revenue_chart(list_all_bets(span, kind=viewer.kind), span, of=viewer.of_kind),
            _commission(viewer, span),
        ],
        panels=[statements_due()],
    )


def _cards(viewer: Viewer) -> list[Card]:
    statuses = dict(
        Statement.objects.order_by()
        .values_list("status")
        .annotate(count=Sum(1))
        .values_list("status", "count")
    )
    url = list_url(Statement)
    return [
        *(
            Card(title, f"{statuses.get(status, 0):,}", f"{url}?status__exact={status.value}")
            for title, status, always in _COUNTED
            if always or statuses.get(status)
        ),
        *approvals_card(viewer),
    ]


def _commission(viewer: Viewer, span: Span) -> Chart:
    rows = list_commission(kind=viewer.kind, since=span.start_at.date())
    starts = set(span.starts)
    amounts = [
        (at, currency, total, usd_rate)
        for day, currency, total, usd_rate in rows
        if (at := datetime(day.year, day.month, day.day, tzinfo=UTC)) in starts
    ]
    found = money_of(amounts, span)
    return Chart(
        f"Commission a month{viewer.of_kind}",
        points_of(span),
        bars=(Series("Commission", found.values, AMBER),),
        unit=found.currency,
        note=found.note or "Totals of statements, drafts included, by the month they are for.",
        empty="No statement has been drawn up in twelve months.",
        url=list_url(Statement),
        url_text="All statements",
    )


def statements_due() -> Panel:
    """Return the statements that are not issued yet, the oldest month first."""
    due = Statement.objects.filter(status__in=OPEN_STATUSES).select_related("tenant__partner")
    return Panel(
        "Statements due",
        ("Statement", "Tenant", "Month", "Status", "Total", "Drafted"),
        [
            (
                row_link(Statement, each.pk, each.number),
                str(each.tenant),
                f"{each.period_start_date:%Y-%m}",
                status_label(each, "status"),
                money(each.total, each.currency_id),
                moment(each.drafted_at),
            )
            for each in due.order_by("period_start_date", "drafted_at")[:ROWS_MAX]
        ],
        empty="No statement is due. Draft one under Statements.",
        numeric=frozenset({"Total"}),
        add_url=list_url(Statement),
        add_text="All statements",
    )
