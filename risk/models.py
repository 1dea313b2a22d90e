"""Limits on bets, and how much of a player's daily limit is used."""

from django.db import models
from django.db.models import Q

from core.ids import uuid7
from core.tenancy import SameTenant, TenantForeignKey


class LimitKind(models.TextChoices):
    """Both are amounts of stake in USD."""

    MAX_BET = "max_bet"
    DAILY_STAKE = "daily_stake"


class Limit(models.Model):
    """A limit of the platform, or a partner's or tenant's own in its place; apart for vip players.

    The nearest one counts: the tenant's, else the partner's, else the platform's; then both kinds bind.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=16, choices=LimitKind)
    vip = models.BooleanField(default=False)
    partner = models.ForeignKey(
        "partners.Partner", models.PROTECT, null=True, blank=True, related_name="limits"
    )
    tenant = models.ForeignKey(
        "partners.Tenant", models.PROTECT, null=True, blank=True, related_name="limits"
    )
    amount = models.DecimalField("amount (USD)", max_digits=38, decimal_places=18)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("kind", "vip")
        permissions = (("propose_limit", "Can ask for a higher limit"),)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "vip", "partner", "tenant"),
                name="one_limit_a_kind_and_scope",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(partner__isnull=True) | Q(tenant__isnull=True),
                name="a_limit_is_of_a_partner_or_a_tenant",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0) & Q(amount__lt=10**20), name="a_limit_is_not_negative"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}{' (vip)' if self.vip else ''} {self.amount.normalize():f} USD"


class DailyStake(models.Model):
    """What a player has staked on a day of the partner's time zone, in USD, voids given back."""

    pk = models.CompositePrimaryKey("tenant_id", "player_id", "day")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_constraint=False, db_index=False)
    player = TenantForeignKey("wallet.Player")
    day = models.DateField()
    stake = models.DecimalField(max_digits=38, decimal_places=18)

    class Meta:
        constraints = (
            SameTenant(field="player", name="a_daily_stake_and_its_player_share_a_tenant"),
            models.CheckConstraint(condition=Q(stake__gte=0), name="a_daily_stake_is_not_negative"),
        )
