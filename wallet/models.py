"""Players and the ledger. One row moves money between two accounts, so the books cannot be out of balance."""

from decimal import Decimal
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Least
from django.db.models.lookups import GreaterThanOrEqual

from core.ids import uuid7
from core.sealing.models import AbstractSeal
from core.tenancy import SameTenant, TenantForeignKey

AMOUNT: Final[dict[str, Any]] = {"max_digits": 38, "decimal_places": 18}
NOTHING: Final = Decimal("0.0")
"""Zero as PostgreSQL reads a numeric: a check that says 0 converts it anew for each statement that writes."""


class PlayerStatus(models.TextChoices):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class KycStatus(models.TextChoices):
    NONE = "none"
    PENDING = "pending"
    VERIFIED = "verified"
    REJECTED = "rejected"


class Player(models.Model):
    """A person betting through a partner, with one wallet in one currency.

    Partner and platform suspend a player each for themselves: the player is suspended while one of them does.
    The login of the API can write the partner's suspension alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False)
    reference = models.CharField(max_length=64)
    currency = models.ForeignKey("core.Currency", models.PROTECT, db_index=False)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64, blank=True)
    vip = models.BooleanField(default=False)
    status = models.CharField(max_length=16, choices=PlayerStatus, default=PlayerStatus.ACTIVE)
    suspended_by_partner = models.BooleanField(default=False, db_default=False, editable=False)
    held_by = ArrayField(
        models.CharField(max_length=183),
        default=list,
        db_default=[],
        editable=False,
        help_text="suspensions by the platform, as role:username; each is lifted by itself",
    )
    kyc_status = models.CharField("KYC status", max_length=16, choices=KycStatus, default=KycStatus.NONE)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    birth_date = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, editable=False, help_text="since then nobody knows who it is")

    class Meta:
        ordering = ("-id",)
        permissions = (
            ("reveal_player", "Can see a player's personal data, with a reason"),
            ("export_player", "Can export all that is kept of a player"),
            ("erase_player", "Can erase who a player is"),
        )
        constraints = (
            models.UniqueConstraint(fields=("tenant", "id"), name="a_player_is_of_one_tenant"),
            models.UniqueConstraint(fields=("tenant", "reference"), name="a_players_reference_is_used_once"),
            models.CheckConstraint(
                condition=Q(status__in=PlayerStatus.values), name="a_player_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=Q(status="closed")
                | (Q(status="suspended") & (Q(suspended_by_partner=True) | Q(held_by__len__gt=0)))
                | Q(status="active", suspended_by_partner=False, held_by__len=0),
                name="a_player_is_suspended_while_somebody_suspends_it",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(status="closed", name="", email="", time_zone="", birth_date__isnull=True),
                name="an_erased_player_is_closed_and_nameless",
            ),
            models.CheckConstraint(
                condition=Q(kyc_status__in=KycStatus.values), name="a_player_has_a_known_kyc_status"
            ),
        )

    def __str__(self) -> str:
        return self.reference


class AccountKind(models.TextChoices):
    """The accounts of a tenant's books. Only `available` belongs to a player, the others to the house."""

    AVAILABLE = "available"
    STAKES_OPEN = "stakes_open"
    REVENUE_STAKES = "revenue_stakes"
    REVENUE_PAYOUTS = "revenue_payouts"
    PARTNER_RECEIVABLE = "partner_receivable"
    PLAYER_DEBT = "player_debt"
    ROUNDING = "rounding"


class Account(models.Model):
    """A ledger account: of a kind, in one currency, of the house or of one player."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False)
    kind = models.CharField(max_length=24, choices=AccountKind)
    currency = models.ForeignKey("core.Currency", models.PROTECT, db_index=False)
    player = TenantForeignKey(Player, null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("tenant", "currency", "id"), name="an_account_has_one_currency"),
            models.UniqueConstraint(
                fields=("tenant", "currency", "kind", "player"),
                name="one_account_of_a_kind_for_each_owner",
                nulls_distinct=False,
            ),
            SameTenant(field="player", name="an_account_and_its_player_share_a_tenant"),
            models.CheckConstraint(
                condition=Q(kind=AccountKind.AVAILABLE, player__isnull=False)
                | (~Q(kind=AccountKind.AVAILABLE) & Q(player__isnull=True)),
                name="only_available_belongs_to_a_player",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.currency_id}"


class Balance(models.Model):
    """A player's wallet as it is now: locked by every posting to it, equal to the sum of its transfers."""

    player = models.OneToOneField(Player, models.PROTECT, primary_key=True, db_constraint=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    account = TenantForeignKey(Account)
    currency = models.CharField(max_length=16)
    available = models.DecimalField(**AMOUNT, default=0)
    in_play = models.DecimalField(**AMOUNT, default=0)
    debt = models.DecimalField(**AMOUNT, default=0)
    entry_count = models.BigIntegerField(default=0)
    posted_at = models.DateTimeField(help_text="of the last entry; the next one is later")

    class Meta:
        constraints = (
            SameTenant(field="player", name="a_balance_and_its_player_share_a_tenant"),
            SameTenant(
                field="account",
                name="a_balance_has_its_accounts_currency",
                also=(("currency", "currency_id"),),
            ),
            models.CheckConstraint(condition=Q(available__gte=NOTHING), name="only_the_house_may_overdraw"),
            models.CheckConstraint(
                condition=Q(in_play__gte=NOTHING), name="stakes_in_play_are_never_negative"
            ),
            models.CheckConstraint(condition=Q(debt__gte=NOTHING), name="a_debt_is_never_negative"),
            models.CheckConstraint(
                condition=Q(debt=NOTHING) | Q(available=NOTHING),
                name="a_player_in_debt_has_nothing_available",
            ),
        )


class EntryKind(models.TextChoices):
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    ROLLBACK = "rollback"
    BET_PLACED = "bet_placed"
    BET_SETTLED = "bet_settled"
    BET_REVERSED = "bet_reversed"


class JournalEntry(models.Model):
    """One business fact in a player's wallet: its transfers, and the wallet right after them.

    `posted_at` grows strictly within a player, so a wallet at a past moment is its last entry until then.
    `transaction` is the PostgreSQL transaction that wrote it; history is sealed in that order.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    player = TenantForeignKey(Player)
    kind = models.CharField(max_length=16, choices=EntryKind)
    currency = models.CharField(max_length=16)
    amount = models.DecimalField(**AMOUNT, help_text="what the fact was about, as the partner stated it")
    reference = models.CharField(max_length=64, blank=True, help_text="the partner's, or the bet's id")
    subject_id = models.UUIDField(null=True, help_text="the bet, or the entry that is rolled back")
    number = models.BigIntegerField(help_text="the player's 1st, 2nd, 3rd entry")
    posted_at = models.DateTimeField()
    available = models.DecimalField(**AMOUNT)
    in_play = models.DecimalField(**AMOUNT)
    debt = models.DecimalField(**AMOUNT)
    transaction = models.BigIntegerField(help_text="pg_current_xact_id()")

    class Meta:
        verbose_name_plural = "journal entries"
        constraints = (
            models.UniqueConstraint(fields=("tenant", "id"), name="an_entry_is_of_one_tenant"),
            models.UniqueConstraint(
                fields=("tenant", "player", "posted_at"), name="a_players_entries_have_one_order"
            ),
            SameTenant(field="player", name="an_entry_and_its_player_share_a_tenant"),
            models.CheckConstraint(
                condition=GreaterThanOrEqual(Least("available", "in_play", "debt"), NOTHING),
                name="an_entry_never_leaves_a_wallet_overdrawn",
            ),
        )
        indexes = (models.Index(fields=("transaction", "id"), name="entries_in_commit_order"),)


class Transfer(models.Model):
    """An amount moved from the debited account to the credited one, both of one tenant and currency."""

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    entry = TenantForeignKey(JournalEntry, related_name="transfers")
    currency = models.CharField(max_length=16)
    debit = TenantForeignKey(Account, related_name="+")
    credit = TenantForeignKey(Account, related_name="+")
    amount = models.DecimalField(**AMOUNT)
    reverses = TenantForeignKey("self", null=True, related_name="reversed_by")

    class Meta:
        constraints = (
            SameTenant(field="entry", name="a_transfer_and_its_entry_share_a_tenant"),
            SameTenant(
                field="debit", name="a_debited_account_has_the_currency", also=(("currency", "currency_id"),)
            ),
            SameTenant(
                field="credit",
                name="a_credited_account_has_the_currency",
                also=(("currency", "currency_id"),),
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=NOTHING) & Q(amount__lt=10**20), name="a_transfer_moves_something"
            ),
            models.CheckConstraint(
                condition=~Q(debit=F("credit")), name="a_transfer_is_between_two_accounts"
            ),
            models.UniqueConstraint(
                fields=("reverses",),
                condition=Q(reverses__isnull=False),
                name="a_transfer_is_reversed_at_most_once",
            ),
        )
        indexes = (models.Index(fields=("tenant", "entry"), name="transfers_of_an_entry"),)


class Seal(AbstractSeal):
    """A link of the chain of hashes over the ledger: all entries of transactions in [first, end)."""

    entry_count = models.BigIntegerField()
    transfer_count = models.BigIntegerField()

    class Meta:
        verbose_name = "seal of the ledger"
        verbose_name_plural = "seals of the ledger"
        constraints = (
            models.UniqueConstraint(fields=("transaction_first",), name="seals_do_not_overlap"),
            models.CheckConstraint(
                condition=Q(transaction_end__gt=F("transaction_first")), name="a_seal_covers_something"
            ),
        )
