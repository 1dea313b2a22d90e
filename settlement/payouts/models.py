"""Where partners are paid: addresses that two people agreed on, usable a day after."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from settlement.payouts.rules import COOLING_OFF, masked


class DestinationKind(models.TextChoices):
    BANK = "bank", "Bank account"
    CRYPTO = "crypto", "Cryptocurrency"


class Network(models.TextChoices):
    BITCOIN = "bitcoin"
    ETHEREUM = "ethereum"
    TRON = "tron", "TRON"


class PayoutAddress(models.Model):
    """Where a partner is paid in one currency, from `usable_from` until `ended_at`.

    Never edited: another address follows it, which ends it when its own day of waiting is over.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="payout_addresses")
    currency = models.ForeignKey("core.Currency", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=DestinationKind)
    network = models.CharField(max_length=16, choices=Network, blank=True)
    address = models.CharField(max_length=90)
    bic = models.CharField("BIC", max_length=11, blank=True)
    request = models.OneToOneField("approvals.ApprovalRequest", models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()
    usable_from = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "payout addresses"
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "currency"),
                condition=Q(ended_at__isnull=True),
                name="a_partner_is_paid_a_currency_at_one_address",
            ),
            models.CheckConstraint(
                condition=~Q(made_by=F("approved_by")), name="who_enters_an_address_never_approves_it"
            ),
            models.CheckConstraint(
                condition=Q(usable_from__gte=F("approved_at") + COOLING_OFF),
                name="an_address_waits_a_day_before_it_is_paid_to",
            ),
            models.CheckConstraint(
                condition=Q(kind="bank", network="")
                & Q(address__regex="^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$")
                & Q(bic__regex="^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")
                | Q(kind="crypto", bic="", network__in=Network.values)
                & Q(address__regex="^[0-9A-Za-z]{14,90}$"),
                name="an_address_has_the_form_of_its_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner}: {self.currency_id} to {masked(self.address)}"
