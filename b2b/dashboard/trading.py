"""The sections of traders and of risk: what waits for a result, and stakes against what is usual."""

from collections import defaultdict
from decimal import Decimal
from typing import Final

from django.db.models import F

from b2b.dashboard.parts import ROWS_MAX, Card, Section, Viewer, approvals_card, counted
from core.admin.cells import Panel, list_url, moment, money, row_link, status_label
from core.admin.charts import Chart, Series
from partners.models import Partner, Status
from reporting.charts import AMBER, BLUE, RED, Money, bets_chart, points_of, stakes_of
from reporting.queries import Grain, Span, list_all_bets, span_until
from sportsbook.models import Bet, Fixture, FixtureStatus, Market, MarketStatus
from wallet.models import Player, PlayerStatus

HOURS: Final = 24
DAYS_COMPARED: Final = 28


def trader(viewer: Viewer) -> Section:
    """Return what waits for a result, what is suspended, and bets by the hour."""
    span = span_until(Grain.HOUR, HOURS, at=viewer.at)
    suspended = Market.objects.filter(status=MarketStatus.SUSPENDED)
    return Section(
        "Trading",
        cards=[
            *fixture_cards(viewer),
            counted("Suspended markets", suspended, Market, "?status__exact=suspended"),
            *approvals_card(viewer),
        ],
        charts=[bets_chart(list_all_bets(span, kind=viewer.kind), span, of=viewer.of_kind)],
        panels=[newest_bets()],
    )


def risk(viewer: Viewer) -> Section:
    """Return who is suspended, what waits, and stakes by the hour against their mean and three sigma."""
    players = Player.objects.filter(status=PlayerStatus.SUSPENDED)
    partners = viewer.partners.filter(status=Status.SUSPENDED)
    return Section(
        "Risk",
        cards=[
            counted("Suspended partners", partners, Partner, "?status__exact=suspended"),
            counted("Suspended players", players, Player, "?status__exact=suspended"),
            *approvals_card(viewer),
        ],
        charts=[_usual_stakes(viewer)],
        panels=[newest_bets()],
    )


def fixture_cards(viewer: Viewer) -> list[Card]:
    """Return the cards of fixtures that wait for somebody."""
    unsettled = Fixture.objects.filter(settled_number__lt=F("result_number"))
    late = Fixture.objects.filter(starts_at__lt=viewer.at, status=FixtureStatus.SCHEDULED)
    return [
        counted("Results waiting for settlement", unsettled, Fixture),
        counted("Kicked off without a result", late, Fixture, "?status__exact=scheduled"),
    ]


def newest_bets() -> Panel:
    """Return the bets placed last."""
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
            for bet in Bet.objects.select_related("player", "tenant__partner").order_by("-id")[:ROWS_MAX]
        ],
        empty="No bet has been placed yet.",
        numeric=frozenset({"Stake", "Potential payout"}),
        add_url=list_url(Bet),
        add_text="All bets",
    )


def _usual_stakes(viewer: Viewer) -> Chart:
    """Return the stakes of the last hours beside those of the same hours of the four weeks before."""
    whole = span_until(Grain.HOUR, HOURS * (DAYS_COMPARED + 1), at=viewer.at)
    found = stakes_of(list_all_bets(whole, kind=viewer.kind), whole)
    shown = span_until(Grain.HOUR, HOURS, at=viewer.at)
    means, limits = _usual(found, whole, shown)
    return Chart(
        f"Stakes an hour against the usual{viewer.of_kind}",
        points_of(shown),
        bars=(Series("Stakes", found.values[-HOURS:], BLUE),),
        lines=(Series("Mean", means, AMBER), Series("Mean + 3 sigma", limits, RED)),
        unit=found.currency,
        note=found.note or f"Usual: the same hour of the {DAYS_COMPARED} days before.",
        empty="No stake was placed in four weeks.",
    )


def _usual(found: Money, whole: Span, shown: Span) -> tuple[list[Decimal], list[Decimal]]:
    before: dict[int, list[Decimal]] = defaultdict(list)
    for at, value in zip(whole.starts, found.values, strict=True):
        if at < shown.start_at:
            before[at.hour].append(value)
    usual = {hour: _mean_and_limit(values) for hour, values in before.items()}
    return [usual[at.hour][0] for at in shown.starts], [usual[at.hour][1] for at in shown.starts]


def _mean_and_limit(values: list[Decimal]) -> tuple[Decimal, Decimal]:
    mean = sum(values, Decimal(0)) / len(values)
    variance = sum(((value - mean) ** 2 for value in values), Decimal(0)) / len(values)
    return mean, mean + 3 * variance.sqrt()
