"""The ledger, read-only: journal entries with their transfers, accounts, and the seals of history."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, moment, money, row_link, shown_id
from core.admin.scope import of_tenant
from core.admin.seals import SealAdmin
from core.models import ReferenceKind
from wallet.admin.search import of_player, under_reference, wallet_of_player
from wallet.models import Account, JournalEntry, Player, Seal, Transfer


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    """One business fact in a player's wallet, with the wallet right after it."""

    whose = of_tenant("tenant_id")
    has_period = True
    id_prefix = "txn"
    is_large = True
    list_display = ("shown_id", "kind", "amount_shown", "player_link", "available_shown", "posted")
    list_filter = ("kind",)
    list_select_related = ("player", "tenant__partner")
    search_ids = {"plr": of_player}
    search_words = "reference"
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("shown_id", "kind"), ("amount_shown", "posted"), ("player_link", "tenant"))}),
        ("Where from", {"fields": (("reference", "subject_id"), ("number", "transaction"))}),
        ("The wallet right after it", {"fields": (("available_shown", "in_play_shown", "debt_shown"),)}),
    )

    def find_by_words(self, queryset: QuerySet[JournalEntry], words: str) -> QuerySet[JournalEntry]:
        return under_reference(queryset, ReferenceKind.WALLET, words)

    @admin.display(description="amount")
    def amount_shown(self, entry: JournalEntry) -> str:
        return money(entry.amount, entry.currency)

    @admin.display(description="available after")
    def available_shown(self, entry: JournalEntry) -> str:
        return money(entry.available, entry.currency)

    @admin.display(description="in play after")
    def in_play_shown(self, entry: JournalEntry) -> str:
        return money(entry.in_play, entry.currency)

    @admin.display(description="debt after")
    def debt_shown(self, entry: JournalEntry) -> str:
        return money(entry.debt, entry.currency)

    @admin.display(description="posted", ordering="id")
    def posted(self, entry: JournalEntry) -> str:
        return moment(entry.posted_at)

    @admin.display(description="player")
    def player_link(self, entry: JournalEntry) -> str:
        return row_link(Player, entry.player_id, entry.player.reference)

    def panels(self, request: HttpRequest, row: JournalEntry) -> list[Panel]:
        transfers = (
            Transfer.objects.filter(tenant_id=row.tenant_id, entry_id=row.pk)
            .select_related("debit__player", "credit__player")
            .order_by("id")
        )
        return [
            Panel(
                "Transfers",
                ("Debit", "Credit", "Amount"),
                [
                    (
                        row_link(Account, transfer.debit_id, account_name(transfer.debit)),
                        row_link(Account, transfer.credit_id, account_name(transfer.credit)),
                        money(transfer.amount, transfer.currency),
                    )
                    for transfer in transfers
                ],
                empty="No money moved.",
                numeric=frozenset({"Amount"}),
            )
        ]


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    """A ledger account: of a kind, in one currency, of the house or of one player."""

    whose = of_tenant("tenant_id")
    is_large = True
    list_display = ("pk", "kind", "currency_shown", "owner", "tenant")
    list_filter = ("kind",)
    list_select_related = ("player", "tenant__partner")
    search_ids = {"plr": wallet_of_player, "tnt": "tenant_id"}
    ordering = ("-id",)
    fields = (("kind", "currency_shown"), ("owner", "tenant"))

    @admin.display(description="currency")
    def currency_shown(self, account: Account) -> str:
        return account.currency_id

    @admin.display(description="of")
    def owner(self, account: Account) -> str:
        if account.player is None:
            return "the house"
        return row_link(Player, account.player_id, account.player.reference)

    def panels(self, request: HttpRequest, row: Account) -> list[Panel]:
        if row.player_id is None:
            return []
        newest = JournalEntry.objects.filter(tenant_id=row.tenant_id, player_id=row.player_id).order_by(
            "-id"
        )[:20]
        transfers = (
            Transfer.objects.filter(Q(debit=row) | Q(credit=row), tenant_id=row.tenant_id)
            .filter(entry_id__in=[entry.pk for entry in newest])
            .select_related("entry")
            .order_by("-id")
        )
        return [
            Panel(
                "Newest transfers",
                ("Posted", "Entry", "Kind", "Side", "Amount"),
                [
                    (
                        moment(transfer.entry.posted_at),
                        row_link(JournalEntry, transfer.entry_id, shown_id("txn", transfer.entry_id)),
                        transfer.entry.get_kind_display(),
                        "debit" if transfer.debit_id == row.pk else "credit",
                        money(transfer.amount, transfer.currency),
                    )
                    for transfer in transfers
                ],
                empty="No transfer yet.",
                numeric=frozenset({"Amount"}),
            )
        ]


@admin.register(Seal)
class LedgerSealAdmin(SealAdmin):
    """A link of the chain that seals the ledger's history."""

    list_display = ("seal", "sealed", "entries", "transfers", "begins", "ends")
    fields = (("seal", "sealed"), ("begins", "ends"), ("entries", "transfers"), "digest_shown")

    @admin.display(description="entries")
    def entries(self, seal: Seal) -> int:
        return seal.entry_count

    @admin.display(description="transfers")
    def transfers(self, seal: Seal) -> int:
        return seal.transfer_count


def account_name(account: Account) -> str:
    """Return whose account it is and of which kind."""
    owner = account.player.reference if account.player is not None else "house"
    return f"{owner}: {account.get_kind_display()}"
