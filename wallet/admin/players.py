"""Players in the office: their wallet, their newest entries, and the switch that stops them."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from unfold.enums import ActionVariant

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, link, moment, money, row_link, shown_id, status_label, yes_or_no
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.pages import command_page
from core.admin.reader import may_open
from core.admin.reveal import WhyForm, reveal_command
from core.admin.scope import of_tenant
from core.audit import record
from core.clock import now
from core.pii import personal_fields
from core.subjects import export_subject
from partners.models import Tenant
from partners.services.holds import find_own, holds_of, in_words, split_holds
from wallet.holds import PLAYER
from wallet.models import Account, Balance, JournalEntry, Player, PlayerStatus
from wallet.services import close_player, hold_player, lift_partners_suspension, release_player
from wallet.services.erasing import erase_player


@admin.register(Player)
class PlayerAdmin(ReadOnlyAdmin):
    """A person betting through a partner, with one wallet in one currency."""

    whose = of_tenant("tenant_id")
    id_prefix = "plr"
    is_large = True
    list_display = (
        "reference",
        "status_shown",
        "tenant",
        "currency_shown",
        "country",
        "vip_shown",
        "kyc_status",
        "created",
    )
    list_filter = ("status", "vip", "kyc_status")
    list_select_related = ("tenant__partner",)
    search_ids = {"tnt": "tenant_id"}
    search_words = "reference"
    ordering = ("-id",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("reference", "shown_id"),
                    ("tenant", "status_shown"),
                    "suspended_by",
                    ("currency_shown", "vip_shown"),
                )
            },
        ),
        ("Person", {"fields": (("name", "email"), ("birth_date", "country"), ("time_zone", "kyc_status"))}),
        ("Record", {"fields": (("created", "bets"), "erased")}),
    )
    actions_detail: Sequence[Any] = (
        "suspend",
        "reinstate",
        "lift",
        "reveal",
        "export_person",
        "close",
        "erase",
    )
    reveal = reveal_command(Player, "wallet.reveal_player")

    def find_by_words(self, queryset: QuerySet[Player], words: str) -> QuerySet[Player]:
        return queryset.filter(
            tenant_id__in=list(Tenant.objects.values_list("pk", flat=True)), reference=words
        )

    @admin.display(description="status")
    def status_shown(self, player: Player) -> str:
        return status_label(player, "status")

    @admin.display(description="suspended by")
    def suspended_by(self, player: Player) -> str:
        partners = ["The partner itself has stopped this player."] if player.suspended_by_partner else []
        return " ".join([*partners, in_words(holds_of(player), what=PLAYER)]).strip() or "nobody"

    @admin.display(description="currency")
    def currency_shown(self, player: Player) -> str:
        return player.currency_id

    @admin.display(description="VIP")
    def vip_shown(self, player: Player) -> str:
        return yes_or_no(player.vip)

    @admin.display(description="registered", ordering="id")
    def created(self, player: Player) -> str:
        return moment(player.created_at)

    @admin.display(description="erased")
    def erased(self, player: Player) -> str:
        return moment(player.erased_at)

    @admin.display(description="bets")
    def bets(self, player: Player) -> str:
        url = reverse("admin:sportsbook_bet_changelist")
        if not may_open("sportsbook.Bet"):
            return "-"
        return link(f"{url}?q={shown_id('plr', player.pk)}", "All bets of this player")

    def hidden_commands(self, row: Player) -> frozenset[str]:
        hidden = set()
        if find_own(row) is not None:
            hidden.add("suspend")
        if not split_holds(row)[0]:
            hidden.add("reinstate")
        if not row.suspended_by_partner:
            hidden.add("lift")
        if row.status == PlayerStatus.CLOSED:
            hidden |= {"suspend", "reinstate", "lift", "close"}
        if row.status != PlayerStatus.CLOSED or row.erased_at is not None:
            hidden.add("erase")
        if not any(getattr(row, name) for name in personal_fields(Player)):
            hidden.add("reveal")
        return frozenset(hidden)

    def panels(self, request: HttpRequest, row: Player) -> list[Panel]:
        return [_wallet(row), _entries(row)]

    @command(
        title="Suspend",
        asks="The player can place no bet until reinstated; open bets stand, and money can be moved. The "
        "partner cannot lift this; it learns that the platform has suspended the player, and not why.",
        button="Suspend player",
        permissions=("wallet.change_player",),
        form=ReasonForm,
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def suspend(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        self._change(request, hold_player, object_id, reason=form.cleaned_data["reason"], held_at=now())

    @command(
        title="Reinstate",
        asks="The suspension by the platform is lifted. The player can bet again unless somebody else, or "
        "the partner itself, suspends the player too.",
        button="Reinstate player",
        permissions=("wallet.change_player",),
        form=ReasonForm,
        icon="play_arrow",
    )
    def reinstate(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        self._change(
            request, release_player, object_id, reason=form.cleaned_data["reason"], released_at=now()
        )

    @command(
        title="Lift the partner's suspension",
        asks="The partner itself has suspended this player: lift it only because the partner asks. What the "
        "platform has suspended stays suspended.",
        button="Lift the partner's suspension",
        permissions=("wallet.change_player",),
        form=ReasonForm,
        icon="play_arrow",
    )
    def lift(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        self._change(
            request, lift_partners_suspension, object_id, reason=form.cleaned_data["reason"], lifted_at=now()
        )

    @command(
        title="Close account",
        asks="The account is closed for good. Nothing more is taken in; what it holds can be withdrawn.",
        button="Close account",
        permissions=("wallet.erase_player",),
        form=ReasonForm,
        icon="lock",
        variant=ActionVariant.DANGER,
    )
    def close(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        self._change(request, close_player, object_id, reason=form.cleaned_data["reason"], closed_at=now())

    @command_page(
        title="Export personal data",
        asks="All that is kept of the player, as JSON and CSV in a ZIP file, for the partner to hand on.",
        button="Download",
        permissions=("wallet.export_player",),
        form=WhyForm,
        icon="download",
    )
    def export_person(self, request: HttpRequest, form: WhyForm, object_id: str) -> HttpResponse:
        player = self.found(request, object_id)
        with transaction.atomic():
            record(
                action="export personal data",
                subject=player,
                reason=form.cleaned_data["reason"],
                recorded_at=now(),
            )
        name = f"{shown_id('plr', player.pk)}.zip"
        return HttpResponse(
            export_subject(player),
            content_type="application/zip",
            headers={"Content-Disposition": content_disposition_header(True, name) or "attachment"},
        )

    @command(
        title="Erase",
        asks="Name, e-mail address, birth date and time zone are blanked for good. Wallet, bets and "
        "ledger stay, under the partner's reference.",
        button="Erase player",
        permissions=("wallet.erase_player",),
        form=ReasonForm,
        icon="person_off",
        variant=ActionVariant.DANGER,
    )
    def erase(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        player = self.found(request, object_id)
        erase_player(
            tenant_id=player.tenant_id,
            player_id=player.pk,
            reason=form.cleaned_data["reason"],
            erased_at=now(),
        )
        told(request, f"Nobody knows any more who {player.reference} is.")

    def _change(
        self, request: HttpRequest, service: Callable[..., Player], object_id: str, **asked: Any
    ) -> None:
        found = self.found(request, object_id)
        player = service(tenant_id=found.tenant_id, player_id=found.pk, **asked)
        left = "" if player.status != PlayerStatus.SUSPENDED else f" {self.suspended_by(player)}"
        told(request, f"{player.reference} is {PlayerStatus(player.status).label.lower()}.{left}")


def _wallet(player: Player) -> Panel:
    balance = Balance.objects.filter(pk=player.pk).first()
    rows = []
    if balance is not None:
        shown = (
            money(amount, balance.currency) for amount in (balance.available, balance.in_play, balance.debt)
        )
        rows = [
            (
                *shown,
                balance.entry_count,
                moment(balance.posted_at),
                row_link(Account, balance.account_id, "open"),
            )
        ]
    return Panel(
        "Wallet",
        ("Available", "In play", "Debt", "Entries", "Last entry", "Account"),
        rows,
        empty="No wallet yet.",
        numeric=frozenset({"Available", "In play", "Debt", "Entries"}),
    )


def _entries(player: Player) -> Panel:
    newest = JournalEntry.objects.filter(tenant_id=player.tenant_id, player_id=player.pk).order_by(
        "-posted_at"
    )[:20]
    url = reverse("admin:wallet_journalentry_changelist")
    return Panel(
        "Newest journal entries",
        ("Entry", "Kind", "Reference", "Amount", "Available after", "Posted"),
        [
            (
                row_link(JournalEntry, entry.pk, shown_id("txn", entry.pk)),
                entry.get_kind_display(),
                entry.reference,
                money(entry.amount, entry.currency),
                money(entry.available, entry.currency),
                moment(entry.posted_at),
            )
            for entry in newest
        ],
        empty="No money has moved yet.",
        numeric=frozenset({"Amount", "Available after"}),
        add_url=f"{url}?q={shown_id('plr', player.pk)}" if may_open(JournalEntry) else "",
        add_text="All entries",
    )
