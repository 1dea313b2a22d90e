"""Bets in the office, read-only: their legs, every settlement, and the journal entries that moved their
money.
"""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, moment, money, row_link, shown_id, status_label
from core.admin.scope import of_tenant
from core.models import ReferenceKind
from core.money import odds_text
from sportsbook.models import Bet, Fixture, Leg, Market, Settlement
from sportsbook.rules.odds import OddsChoice
from wallet.admin.search import of_player, under_reference
from wallet.models import JournalEntry, Player


@admin.register(Bet)
class BetAdmin(ReadOnlyAdmin):
    """A stake on one or more legs."""

    whose = of_tenant("tenant_id")
    has_period = True
    id_prefix = "bet"
    is_large = True
    list_display = (
        "reference",
        "status_shown",
        "type",
        "stake_shown",
        "odds_shown",
        "payout_shown",
        "player",
        "placed",
    )
    narrow_display = ("reference", "status_shown", "stake_shown")
    list_filter = ("status", "type")
    list_select_related = ("player", "tenant__partner")
    search_ids = {"plr": of_player, "fix": "legs__fixture_id"}
    search_words = "reference"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("reference", "shown_id"), ("status_shown", "type"), ("placed", "settled"))}),
        ("Money", {"fields": (("stake_shown", "odds_shown"), ("potential_shown", "payout_shown"))}),
        ("Who", {"fields": (("player_link", "tenant"), ("channel", "limit_used"))}),
        ("Odds asked for", {"fields": (("moved_odds", "tolerance"),)}),
    )

    def find_by_words(self, queryset: QuerySet[Bet], words: str) -> QuerySet[Bet]:
        return under_reference(queryset, ReferenceKind.BET, words)

    @admin.display(description="status")
    def status_shown(self, bet: Bet) -> str:
        return status_label(bet, "status")

    @admin.display(description="stake")
    def stake_shown(self, bet: Bet) -> str:
        return money(bet.stake, bet.currency)

    @admin.display(description="odds")
    def odds_shown(self, bet: Bet) -> str:
        return odds_text(bet.odds)

    @admin.display(description="payout")
    def payout_shown(self, bet: Bet) -> str:
        return money(bet.payout, bet.currency)

    @admin.display(description="potential payout")
    def potential_shown(self, bet: Bet) -> str:
        return money(bet.potential_payout, bet.currency)

    @admin.display(description="counts against the daily limit")
    def limit_used(self, bet: Bet) -> str:
        return f"{odds_text(bet.limit_stake)} USD on {bet.limit_day}"

    @admin.display(description="takes moved odds")
    def moved_odds(self, bet: Bet) -> str:
        return "no" if bet.odds_choice == OddsChoice.NONE else bet.get_odds_choice_display().lower()

    @admin.display(description="tolerance")
    def tolerance(self, bet: Bet) -> str:
        return odds_text(bet.odds_tolerance)

    @admin.display(description="player")
    def player_link(self, bet: Bet) -> str:
        return row_link(Player, bet.player_id, bet.player.reference)

    @admin.display(description="placed", ordering="id")
    def placed(self, bet: Bet) -> str:
        return moment(bet.placed_at)

    @admin.display(description="settled")
    def settled(self, bet: Bet) -> str:
        return moment(bet.settled_at)

    def panels(self, request: HttpRequest, row: Bet) -> list[Panel]:
        return [_legs(row), _settlements(row), _entries(row)]


def _legs(bet: Bet) -> Panel:
    legs = (
        Leg.objects.filter(tenant_id=bet.tenant_id, bet_id=bet.pk)
        .select_related("fixture", "market", "outcome")
        .order_by("position")
    )
    return Panel(
        "Legs",
        ("Fixture", "Market", "Outcome", "Odds asked", "Odds taken", "Status"),
        [
            (
                row_link(Fixture, leg.fixture_id, leg.fixture),
                row_link(Market, leg.market_id, leg.market),
                leg.outcome.name,
                odds_text(leg.requested_odds),
                odds_text(leg.odds),
                status_label(leg, "status"),
            )
            for leg in legs
        ],
        numeric=frozenset({"Odds asked", "Odds taken"}),
    )


def _settlements(bet: Bet) -> Panel:
    rows = Settlement.objects.filter(tenant_id=bet.tenant_id, bet_id=bet.pk).order_by("revision")
    return Panel(
        "Settlements",
        ("Revision", "Kind", "Became", "Payout", "Stakes grew by", "Payouts grew by", "At", "By", "Reason"),
        [
            (
                row.revision,
                row.get_kind_display(),
                status_label(row, "status"),
                money(row.payout, row.currency),
                money(row.stake_delta, row.currency),
                money(row.payout_delta, row.currency),
                moment(row.settled_at),
                row.actor,
                row.reason or "-",
            )
            for row in rows
        ],
        empty="Not settled yet.",
        numeric=frozenset({"Revision", "Payout", "Stakes grew by", "Payouts grew by"}),
    )


def _entries(bet: Bet) -> Panel:
    # Entries carry no index on their subject; those of the player from the placement on are few.
    rows = JournalEntry.objects.filter(
        tenant_id=bet.tenant_id, player_id=bet.player_id, posted_at__gte=bet.placed_at, subject_id=bet.pk
    ).order_by("posted_at")
    return Panel(
        "Journal entries",
        ("Entry", "Kind", "Amount", "Available after", "Posted"),
        [
            (
                row_link(JournalEntry, row.pk, shown_id("txn", row.pk)),
                row.get_kind_display(),
                money(row.amount, row.currency),
                money(row.available, row.currency),
                moment(row.posted_at),
            )
            for row in rows
        ],
        empty="No money has moved.",
        numeric=frozenset({"Amount", "Available after"}),
    )
