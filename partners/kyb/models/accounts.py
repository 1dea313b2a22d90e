"""A partner's bank account, and how it was found out whose it is."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7

_PERSON = settings.AUTH_USER_MODEL


class Verification(models.TextChoices):
    """How it was found out whose account it is."""

    BANK_LETTER = "bank_letter", "Letter of the bank"
    STATEMENT = "statement", "Account statement"
    PAYEE_CHECK = "payee_check", "Confirmation of payee"
    TEST_PAYMENT = "test_payment", "Test payment"


class BankAccount(models.Model):
    """A partner's own bank account: entered by two people, verified by a person who did not ask for it.

    `request` is empty for accounts that were known before two people were needed. `verified_name` is the
    legal name that the holder was compared with: under another legal name the account is unverified.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="bank_accounts")
    holder = models.CharField(max_length=200)
    iban = models.CharField("IBAN", max_length=34, help_text="ISO 13616")
    bic = models.CharField("BIC", max_length=11, help_text="ISO 9362")
    country = models.CharField(max_length=2, help_text="of the account, as its IBAN says")
    request = models.OneToOneField(
        "approvals.ApprovalRequest", models.PROTECT, related_name="+", null=True, blank=True
    )
    entered_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+", null=True, blank=True)
    approved_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+", null=True, blank=True)
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    verification = models.CharField(max_length=16, choices=Verification, blank=True)
    verified_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+", null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_name = models.CharField(max_length=200, blank=True)
    holder_difference = models.TextField(max_length=1000, blank=True)

    class Meta:
        ordering = ("-entered_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("partner",), condition=Q(ended_at=None), name="a_partner_has_one_bank_account"
            ),
            models.CheckConstraint(
                condition=Q(iban__regex="^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$", iban__startswith=F("country")),
                name="an_account_has_an_iban_of_its_country",
            ),
            models.CheckConstraint(
                condition=Q(bic__regex="^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$"),
                name="an_account_has_a_bic",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("entered_by")),
                name="who_enters_an_account_never_approves_it",
            ),
            models.CheckConstraint(
                condition=Q(verified_by=None) | Q(entered_by=None) | ~Q(verified_by=F("entered_by")),
                name="who_enters_an_account_never_verifies_it",
            ),
            models.CheckConstraint(
                condition=Q(verification="", verified_by=None, verified_at=None, verified_name="")
                | (
                    Q(verification__in=Verification.values)
                    & Q(verified_by__isnull=False, verified_at__isnull=False)
                    & ~Q(verified_name="")
                ),
                name="a_verification_says_how_and_by_whom",
            ),
        )

    def __str__(self) -> str:
        return f"{self.iban[:4]} … {self.iban[-4:]}"
