"""Bets of players: what was staked on which outcomes, and every settlement as a row of its own."""

from typing import Any

from django.db import models
from django.db.models import Q

from core.ids import uuid7
from core.tenancy import SameTenant, TenantForeignKey
from sportsbook.models.fixtures import Fixture, Market, Outcome

AMOUNT: Any = {"max_digits": 38, "decimal_places": 18}
LEG_ODDS: Any = {"max_digits": 14, "decimal_places": 6}


class BetKind(models.TextChoices):
    SINGLE = "single"
    MULTIPLE = "multiple"


class BetStatus(models.TextChoices):
    ACCEPTED = "accepted"
    WON = "won"
    LOST = "lost"
    VOID = "void"
    PART_WON = "part_won"
    PART_LOST = "part_lost"
    CANCELLED = "cancelled"


class OddsChoice(models.TextChoices):
    """Which odds the player takes when they have moved since the odds seen."""

    NONE = "none"
    HIGHER = "higher"
    LOWER = "lower"
    ANY = "any"


class Bet(models.Model):
    """A stake on one or more legs. Status, payout and revision change with settlement; all else never."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    player = TenantForeignKey("wallet.Player", related_name="bets")
    reference = models.CharField(max_length=64)
    type = models.CharField(max_length=8, choices=BetKind)
    status = models.CharField(max_length=12, choices=BetStatus, default=BetStatus.ACCEPTED)
    currency = models.CharField(max_length=16)
    stake = models.DecimalField(**AMOUNT)
    odds = models.DecimalField(max_digits=38, decimal_places=18, help_text="the product of the legs' odds")
    potential_payout = models.DecimalField(**AMOUNT)
    payout = models.DecimalField(**AMOUNT, null=True)
    revision = models.PositiveIntegerField(default=0)
    placed_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    odds_choice = models.CharField(max_length=8, choices=OddsChoice, default=OddsChoice.NONE)
    odds_tolerance = models.DecimalField(max_digits=8, decimal_places=6, default=0)
    channel = models.CharField(max_length=16, blank=True)
    picks = models.BinaryField(
        max_length=32, help_text="SHA-256 of stake and outcomes, for the duplicate guard"
    )
    entry_id = models.UUIDField(help_text="the journal entry that took the stake")
    settlement_entry_id = models.UUIDField(
        null=True, help_text="the entry that settled it, reversed by a resettlement"
    )
    limit_day = models.DateField(help_text="the day of the partner's time zone whose limit it uses")
    limit_stake = models.DecimalField(**AMOUNT, help_text="the stake in USD, at the rate of the day")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("tenant", "id"), name="a_bet_is_of_one_tenant"),
            SameTenant(field="player", name="a_bet_and_its_player_share_a_tenant"),
            models.CheckConstraint(condition=Q(stake__gt=0) & Q(stake__lt=10**20), name="a_bet_has_a_stake"),
            models.CheckConstraint(
                condition=Q(payout__isnull=True) | (Q(payout__gte=0) & Q(payout__lt=10**20)),
                name="a_payout_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status=BetStatus.ACCEPTED, payout__isnull=True)
                | (~Q(status=BetStatus.ACCEPTED) & Q(payout__isnull=False)),
                name="a_settled_bet_has_a_payout",
            ),
        )
        indexes = (models.Index(fields=("tenant", "player", "-placed_at"), name="bets_of_a_player"),)

    def __str__(self) -> str:
        return self.reference


class LegStatus(models.TextChoices):
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    VOID = "void"
    HALF_WON = "half_won"
    HALF_LOST = "half_lost"


class Leg(models.Model):
    """One outcome of a bet with the odds asked for and taken."""

    pk = models.CompositePrimaryKey("tenant_id", "bet_id", "position")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    bet = TenantForeignKey(Bet, related_name="legs")
    position = models.PositiveSmallIntegerField()
    fixture = models.ForeignKey(Fixture, models.PROTECT, db_constraint=False, db_index=False)
    market = models.ForeignKey(Market, models.PROTECT, db_constraint=False, db_index=False)
    outcome = models.ForeignKey(Outcome, models.PROTECT, db_index=False)
    requested_odds = models.DecimalField(**LEG_ODDS)
    odds = models.DecimalField(**LEG_ODDS)
    status = models.CharField(max_length=12, choices=LegStatus, default=LegStatus.OPEN)
    dead_heat = models.DecimalField(max_digits=8, decimal_places=6, default=1)

    class Meta:
        ordering = ("position",)
        constraints = (
            SameTenant(field="bet", name="a_leg_and_its_bet_share_a_tenant"),
            models.CheckConstraint(
                condition=Q(odds__gt=1) & Q(requested_odds__gt=1), name="a_leg_has_odds_above_one"
            ),
        )
        indexes = (models.Index(fields=("fixture", "bet"), name="legs_of_a_fixture"),)


class SettlementKind(models.TextChoices):
    SETTLED = "settled"
    RESETTLED = "resettled"
    REOPENED = "reopened"
    CANCELLED = "cancelled"


class Settlement(models.Model):
    """One revision of a bet: what it became, and by how much stakes and payouts grew. Only added.

    The deltas are what commission counts, at `settled_at`: a resettlement adds the difference to the month it
    happens in. `fixture` is empty for a multiple (line `MULTI`).
    """

    pk = models.CompositePrimaryKey("tenant_id", "bet_id", "revision")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    bet = TenantForeignKey(Bet, related_name="settlements")
    revision = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=SettlementKind)
    status = models.CharField(max_length=12, choices=BetStatus)
    fixture = models.ForeignKey(Fixture, models.PROTECT, null=True, db_constraint=False, db_index=False)
    currency = models.CharField(max_length=16)
    payout = models.DecimalField(**AMOUNT, null=True)
    stake_delta = models.DecimalField(**AMOUNT)
    payout_delta = models.DecimalField(**AMOUNT)
    entry_id = models.UUIDField(null=True, help_text="the journal entry that moved the money")
    reason = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=150)
    settled_at = models.DateTimeField()

    class Meta:
        ordering = ("revision",)
        constraints = (SameTenant(field="bet", name="a_settlement_and_its_bet_share_a_tenant"),)
        indexes = (models.Index(fields=("tenant", "settled_at"), name="settlements_by_time"),)
