"""Markets in the office: their outcomes and odds as they are and were; suspended and opened by hand."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.enums import ActionVariant

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, moment, row_link, shown_id, status_label
from core.admin.commands import CommandForm, command, told
from core.admin.scope import of_tenant
from core.clock import now
from core.money import odds_text
from sportsbook.models import Fixture, Market, MarketStatus, OddsChange
from sportsbook.services.odds import set_market_status


@admin.register(Market)
class MarketAdmin(ReadOnlyAdmin):
    """A question about a fixture."""

    whose = of_tenant("owner_tenant_id", shared=True)
    id_prefix = "mkt"
    is_large = True
    list_display = ("market", "fixture", "status_shown", "version", "shown_id")
    list_filter = ("type", "status")
    list_select_related = ("fixture",)
    search_ids = {"fix": "fixture_id", "out": "outcomes__pk"}
    ordering = ("-id",)
    fields = (("market", "status_shown"), ("fixture_link", "version"), "shown_id")
    actions_detail: Sequence[Any] = ("suspend", "reopen")

    @admin.display(description="market")
    def market(self, market: Market) -> str:
        return str(market)

    @admin.display(description="status", ordering="status")
    def status_shown(self, market: Market) -> str:
        return status_label(market, "status")

    @admin.display(description="fixture")
    def fixture_link(self, market: Market) -> str:
        return row_link(Fixture, market.fixture_id, market.fixture)

    def hidden_commands(self, row: Market) -> frozenset[str]:
        shown = {MarketStatus.OPEN: {"suspend"}, MarketStatus.SUSPENDED: {"reopen"}}.get(
            MarketStatus(row.status), set()
        )
        return frozenset({"suspend", "reopen"} - shown)

    def panels(self, request: HttpRequest, row: Market) -> list[Panel]:
        history = (
            OddsChange.objects.filter(outcome__market=row).select_related("outcome").order_by("-id")[:100]
        )
        return [
            Panel(
                "Outcomes",
                ("Outcome", "Odds", "ID"),
                [
                    (outcome.name, odds_text(outcome.odds), shown_id("out", outcome.pk))
                    for outcome in row.outcomes.order_by("position")
                ],
                numeric=frozenset({"Odds"}),
            ),
            Panel(
                "Odds history",
                ("Changed", "Outcome", "Odds", "Version", "Source"),
                [
                    (
                        moment(change.changed_at),
                        change.outcome.name,
                        odds_text(change.odds),
                        change.market_version,
                        change.source,
                    )
                    for change in history
                ],
                note="The newest 100 changes.",
                empty="The odds have never changed.",
                numeric=frozenset({"Odds", "Version"}),
            ),
        ]

    @command(
        title="Suspend",
        asks="No bet is taken on this market until it is opened again.",
        button="Suspend market",
        permissions=("sportsbook.change_market",),
        icon="pause",
        variant=ActionVariant.DANGER,
    )
    def suspend(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        market = self.found(request, object_id)
        set_market_status(market_id=market.pk, status=MarketStatus.SUSPENDED, changed_at=now())
        told(request, f"{market} is suspended.")

    @command(
        title="Open",
        asks="Bets are taken on this market again, at the odds shown here.",
        button="Open market",
        permissions=("sportsbook.change_market",),
        icon="play_arrow",
    )
    def reopen(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        market = self.found(request, object_id)
        set_market_status(market_id=market.pk, status=MarketStatus.OPEN, changed_at=now())
        told(request, f"{market} is open.")
