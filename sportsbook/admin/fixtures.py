"""Fixtures in the office: their markets, and their results, entered by hand and taken back."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.enums import ActionVariant

from approvals.asking import waiting_url
from core.admin.base import OfficeAdmin, ReadOnlyAdmin
from core.admin.cells import Panel, label, link, moment, row_link, shown_id, status_label
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.scope import everybodys, of_tenant
from core.clock import now
from core.money import odds_text
from sportsbook.models import Competition, Fixture, Market, Result, Sport
from sportsbook.services.resettling import needs_second_person, request_resettlement
from sportsbook.services.results import GOALS_MAX, enter_result, withdraw_result
from staff.security import acting_staff

if TYPE_CHECKING:
    from django.forms import CheckboxInput as Switch
    from django.forms import NumberInput, TextInput
else:
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldBooleanSwitchWidget as Switch


@admin.register(Sport)
class SportAdmin(OfficeAdmin):
    whose = everybodys
    list_display = ("name", "id")
    search_fields = ("name__icontains",)
    ordering = ("name",)
    fields = (("id", "name"),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("id",) if obj is not None else ()


@admin.register(Competition)
class CompetitionAdmin(OfficeAdmin):
    whose = everybodys
    list_display = ("name", "sport", "id")
    list_filter = ("sport",)
    list_select_related = ("sport",)
    search_fields = ("name__icontains", "id__iexact")
    ordering = ("name",)
    fields = (("id", "name"), "sport")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("id",) if obj is not None else ()


class ResultForm(CommandForm):
    """The final score; the question above the fields is the confirmation."""

    home = forms.IntegerField(min_value=0, max_value=GOALS_MAX, widget=NumberInput, label="Home goals")
    away = forms.IntegerField(min_value=0, max_value=GOALS_MAX, widget=NumberInput, label="Away goals")
    reason = forms.CharField(
        max_length=200, required=False, widget=TextInput, help_text="Needed when a result is corrected."
    )
    rehearsal = forms.BooleanField(
        required=False,
        widget=Switch,
        label="Rehearsal",
        help_text="Before the kick-off, with test bets alone.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        has_result = Fixture.objects.filter(pk=self.object_id or "", home_score__isnull=False).exists()
        if has_result and not cleaned.get("reason"):
            self.add_error("reason", "Say why the result is corrected.")
        return cleaned


@admin.register(Fixture)
class FixtureAdmin(ReadOnlyAdmin):
    """A sporting event of a competition. Fixtures come from the feed; staff give them their results."""

    whose = of_tenant("owner_tenant_id", shared=True)
    id_prefix = "fix"
    is_large = True
    list_display = ("name", "status_shown", "score", "starts", "competition", "season", "owner")
    list_filter = ("status", "competition")
    list_select_related = ("competition", "owner_tenant__partner")
    search_fields = ("home__icontains", "away__icontains")
    search_ids = {"mkt": "markets__pk"}
    ordering = ("starts_at", "id")
    fieldsets = (
        (None, {"fields": (("name", "shown_id"), ("starts", "status_shown"), ("score", "settlement"))}),
        ("Where", {"fields": (("competition", "season"), ("owner", "edition"), "bets")}),
    )
    actions_detail: Sequence[Any] = ("enter_result", "withdraw_result")

    @admin.display(description="fixture", ordering="home")
    def name(self, fixture: Fixture) -> str:
        return str(fixture)

    @admin.display(description="status", ordering="status")
    def status_shown(self, fixture: Fixture) -> str:
        return status_label(fixture, "status")

    @admin.display(description="score")
    def score(self, fixture: Fixture) -> str:
        return "-" if fixture.home_score is None else f"{fixture.home_score}-{fixture.away_score}"

    @admin.display(description="kick-off", ordering="starts_at")
    def starts(self, fixture: Fixture) -> str:
        return moment(fixture.starts_at)

    @admin.display(description="seen by")
    def owner(self, fixture: Fixture) -> str:
        return str(fixture.owner_tenant) if fixture.owner_tenant is not None else "all"

    @admin.display(description="bets are settled by the latest result")
    def settlement(self, fixture: Fixture) -> str:
        if not fixture.result_number:
            return "-"
        return label("settled") if fixture.settled_number == fixture.result_number else label("pending")

    @admin.display(description="bets")
    def bets(self, fixture: Fixture) -> str:
        url = reverse("admin:sportsbook_bet_changelist")
        return link(f"{url}?q={shown_id('fix', fixture.pk)}", "All bets on this fixture")

    def hidden_commands(self, row: Fixture) -> frozenset[str]:
        return frozenset({"withdraw_result"} if row.home_score is None else ())

    def panels(self, request: HttpRequest, row: Fixture) -> list[Panel]:
        return [_markets(row), _results(row)]

    @command(
        title="Enter result",
        asks="All bets on this fixture are settled by this score. To change it later needs a second person, "
        "but for a rehearsal.",
        button="Enter result and settle",
        permissions=("sportsbook.add_result",),
        form=ResultForm,
        icon="sports_score",
        variant=ActionVariant.PRIMARY,
    )
    def enter_result(self, request: HttpRequest, form: CommandForm, object_id: str) -> str | None:
        fixture = self.found(request, object_id)
        if needs_second_person(fixture):
            asked = request_resettlement(
                fixture_id=fixture.pk,
                home=form.cleaned_data["home"],
                away=form.cleaned_data["away"],
                reason=form.cleaned_data["reason"],
                requested_by=acting_staff(request),
                requested_at=now(),
            )
            return waiting_url(request, asked)
        result = enter_result(
            fixture_id=fixture.pk,
            home=form.cleaned_data["home"],
            away=form.cleaned_data["away"],
            rehearsal=form.cleaned_data["rehearsal"],
            reason=form.cleaned_data["reason"],
            entered_by=request.user.get_username(),
            entered_at=now(),
        )
        told(request, f"{fixture} ended {result}; its bets are being settled.")
        return None

    @command(
        title="Take back result",
        asks="All bets on this fixture are open again, and what they won is taken back.",
        button="Take back result",
        permissions=("sportsbook.add_result",),
        form=ReasonForm,
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def withdraw_result(self, request: HttpRequest, form: CommandForm, object_id: str) -> str | None:
        fixture = self.found(request, object_id)
        if needs_second_person(fixture):
            asked = request_resettlement(
                fixture_id=fixture.pk,
                home=None,
                away=None,
                reason=form.cleaned_data["reason"],
                requested_by=acting_staff(request),
                requested_at=now(),
            )
            return waiting_url(request, asked)
        withdraw_result(
            fixture_id=fixture.pk,
            reason=form.cleaned_data["reason"],
            entered_by=request.user.get_username(),
            entered_at=now(),
        )
        told(request, f"The result of {fixture} is taken back; its bets are being opened again.")
        return None


def _markets(fixture: Fixture) -> Panel:
    markets: QuerySet[Market] = (
        Market.objects.filter(fixture=fixture).prefetch_related("outcomes").order_by("id")
    )
    return Panel(
        "Markets",
        ("Market", "Status", "Outcomes and odds", "Version"),
        [
            (
                row_link(Market, market.pk, market),
                status_label(market, "status"),
                "  ·  ".join(
                    f"{outcome.name} {odds_text(outcome.odds)}" for outcome in market.outcomes.all()
                ),
                market.version,
            )
            for market in markets
        ],
        empty="No market.",
        numeric=frozenset({"Version"}),
    )


def _results(fixture: Fixture) -> Panel:
    return Panel(
        "Results",
        ("Number", "Result", "Entered", "By", "Rehearsal", "Reason"),
        [
            (
                result.number,
                str(result),
                moment(result.entered_at),
                result.entered_by,
                "yes" if result.rehearsal else "no",
                result.reason or "-",
            )
            for result in Result.objects.filter(fixture=fixture).order_by("-number")
        ],
        empty="No result yet.",
    )
