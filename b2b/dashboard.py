"""The office's home: what happened today and what waits, in a handful of cheap queries."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.http import HttpRequest

from core.admin.cells import Panel, list_url, moment, money, row_link, status_label
from core.clock import now
from partners.models import Partner, Status
from settlement.models import Statement, StatementStatus
from sportsbook.models import Bet, Fixture, FixtureStatus
from wallet.models import Player

COUNTED_MAX = 10_000


@dataclass(frozen=True)
class Card:
    """A figure of the home page and the list behind it."""

    title: str
    figure: str
    url: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the cards and tables that this member of staff may see."""
    at = now()
    panels = []
    if request.user.has_perm("sportsbook.view_bet"):
        panels.append(_newest_bets())
    if request.user.has_perm("settlement.view_statement"):
        panels.append(_drafts())
    return {
        **context,
        "title": "Home",
        "cards": _cards(request, at),
        "panels": panels,
        "as_of": moment(at),
    }


def _cards(request: HttpRequest, at: datetime) -> list[Card]:
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    since = _first_id(today)
    asked: list[tuple[str, str, type[Model], QuerySet[Any], str]] = [
        ("Bets today", "sportsbook.view_bet", Bet, Bet.objects.filter(pk__gte=since), ""),
        ("New players today", "wallet.view_player", Player, Player.objects.filter(pk__gte=since), ""),
        (
            "Results waiting for settlement",
            "sportsbook.view_fixture",
            Fixture,
            Fixture.objects.filter(settled_number__lt=F("result_number")),
            "",
        ),
        (
            "Kicked off without a result",
            "sportsbook.view_fixture",
            Fixture,
            Fixture.objects.filter(starts_at__lt=at, status=FixtureStatus.SCHEDULED),
            "?status__exact=scheduled",
        ),
        (
            "Suspended partners",
            "partners.view_partner",
            Partner,
            Partner.objects.filter(status=Status.SUSPENDED),
            "?status__exact=suspended",
        ),
        (
            "Draft statements",
            "settlement.view_statement",
            Statement,
            Statement.objects.filter(status=StatementStatus.DRAFT),
            "?status__exact=draft",
        ),
    ]
    return [
        Card(title, _figure(rows), list_url(model) + query)
        for title, permission, model, rows, query in asked
        if request.user.has_perm(permission)
    ]


def _figure(rows: QuerySet[Any]) -> str:
    count = rows.order_by()[: COUNTED_MAX + 1].count()
    return f"{count:,}" if count <= COUNTED_MAX else f"over {COUNTED_MAX:,}"


def _first_id(at: datetime) -> UUID:
    """Return the least id of a moment: ids begin with their millisecond, and rows are indexed by them."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def _newest_bets() -> Panel:
    return Panel(
        "Newest bets",
        ("Bet", "Status", "Tenant", "Player", "Stake", "Potential payout", "Placed"),
        [
            (
                row_link(Bet, bet.pk, bet.reference),
                status_label(bet, "status"),
                str(bet.tenant),
                bet.player.reference,
                money(bet.stake, bet.currency),
                money(bet.potential_payout, bet.currency),
                moment(bet.placed_at),
            )
            for bet in Bet.objects.select_related("player", "tenant__partner").order_by("-id")[:10]
        ],
        empty="No bet has been placed yet.",
        numeric=frozenset({"Stake", "Potential payout"}),
        add_url=list_url(Bet),
        add_text="All bets",
    )


def _drafts() -> Panel:
    drafts = Statement.objects.filter(status=StatementStatus.DRAFT).select_related("tenant__partner")
    return Panel(
        "Draft statements",
        ("Statement", "Tenant", "Month", "Commission", "Drafted"),
        [
            (
                row_link(Statement, draft.pk, draft.number),
                str(draft.tenant),
                f"{draft.period_start_date:%Y-%m}",
                money(draft.total, draft.currency_id),
                moment(draft.drafted_at),
            )
            for draft in drafts.order_by("-drafted_at")[:10]
        ],
        empty="No draft is waiting.",
        numeric=frozenset({"Commission"}),
        add_url=list_url(Statement),
        add_text="All statements",
    )
