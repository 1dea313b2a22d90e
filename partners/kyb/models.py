"""Know your business: screenings against sanctions lists, its bank account, the periodic
review, and the contract about players' data.

A screening's facts never change and it is decided once; two people enter an account, and it is verified once;
a contract is followed by another one. Triggers in `partners/sql/guard_kyb.sql` make that true.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from partners.compliance.models import ReminderState

_PERSON = settings.AUTH_USER_MODEL


class SanctionsList(models.TextChoices):
    """The lists that are screened against; by their publisher."""

    EU = "eu", "EU consolidated list"
    UN = "un", "UN Security Council"
    OFAC = "ofac", "OFAC SDN and consolidated (US)"
    OFSI = "ofsi", "OFSI consolidated list (UK)"


class ScreeningResult(models.TextChoices):
    CLEAR = "clear", "Clear"
    POSSIBLE_MATCH = "possible_match", "Possible match"
    CONFIRMED_MATCH = "confirmed_match", "Confirmed match"


class ScreeningDecision(models.TextChoices):
    CLEARED = "cleared", "Cleared"
    CONFIRMED = "confirmed", "Confirmed"


class Screening(models.Model):
    """That somebody looked for a name on sanctions lists: the company's, or that of one owner or director.

    A possible match is decided by another person. `name` is the one that was looked for: under another name
    the subject is to be screened again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="screenings")
    owner = models.ForeignKey(
        "partners.BeneficialOwner", models.PROTECT, related_name="screenings", null=True, blank=True
    )
    director = models.ForeignKey(
        "partners.Director", models.PROTECT, related_name="screenings", null=True, blank=True
    )
    name = models.CharField(max_length=200)
    lists = ArrayField(models.CharField(max_length=8, choices=SanctionsList))
    lists_on = models.DateField("day of the lists")
    result = models.CharField(max_length=16, choices=ScreeningResult)
    found = models.TextField(max_length=2000, blank=True, help_text="for a match: what was found, and where")
    screened_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    screened_at = models.DateTimeField()
    decision = models.CharField(max_length=12, choices=ScreeningDecision, blank=True)
    decided_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(max_length=2000, blank=True)

    class Meta:
        ordering = ("-screened_at", "-id")
        indexes = (models.Index(fields=("partner", "-screened_at"), name="screenings_of_a_partner"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(owner=None) | Q(director=None), name="a_screening_is_of_one_subject"
            ),
            models.CheckConstraint(
                condition=Q(result__in=ScreeningResult.values), name="a_screening_has_a_known_result"
            ),
            models.CheckConstraint(
                condition=Q(lists__len__gt=0, lists__contained_by=SanctionsList.values),
                name="a_screening_names_known_lists",
            ),
            models.CheckConstraint(
                condition=Q(result="clear", found="") | (~Q(result="clear") & ~Q(found="")),
                name="a_match_says_what_was_found",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("screened_by")),
                name="who_screens_never_decides_the_match",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by=None, decided_at=None, decision_reason="")
                | (
                    Q(result="possible_match", decision__in=ScreeningDecision.values)
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~Q(decision_reason="")
                ),
                name="a_possible_match_is_decided_with_a_reason",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="a_screening_looks_for_a_name"),
        )

    def __str__(self) -> str:
        return f"{self.get_result_display()}, {self.screened_at:%Y-%m-%d}"

    @property
    def subject(self) -> str:
        """Return whom it is of: `company`, `owner` or `director`."""
        return "owner" if self.owner_id else "director" if self.director_id else "company"

    @property
    def is_open(self) -> bool:
        """Whether its match waits for a second look."""
        return self.result == ScreeningResult.POSSIBLE_MATCH and not self.decision


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


class KybReview(models.Model):
    """That compliance went through all that is known of a partner; due again by the risk profile."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="kyb_reviews")
    risk_profile = models.CharField(max_length=16, help_text="on the day of the review")
    findings = models.TextField(max_length=4000)
    reviewed_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering = ("-reviewed_at", "-id")
        verbose_name = "KYB review"
        indexes = (models.Index(fields=("partner", "-reviewed_at"), name="kyb_reviews_of_a_partner"),)
        constraints = (
            models.CheckConstraint(condition=~Q(findings=""), name="a_kyb_review_says_what_was_found"),
        )

    def __str__(self) -> str:
        return f"{self.reviewed_at:%Y-%m-%d}"


class SubProcessing(models.TextChoices):
    NONE = "none", "None"
    LISTED = "listed", "Those listed, others by consent"
    GENERAL = "general", "Others after notice"


class TransferGround(models.TextChoices):
    """On which ground data leave the EEA (GDPR articles 45, 46, 47, 49)."""

    ADEQUACY = "adequacy", "Adequacy decision"
    CLAUSES = "clauses", "Standard contractual clauses"
    RULES = "rules", "Binding corporate rules"
    DEROGATION = "derogation", "Derogation for a specific situation"


class AtEnd(models.TextChoices):
    DELETION = "deletion"
    RETURN = "return"


class ProcessorContract(models.Model):
    """The contract by which the platform processes players' data for a partner (GDPR article 28(3)).

    Never edited: the next version follows it and ends it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="processor_contracts")
    version = models.CharField(max_length=32)
    agreed_on = models.DateField()
    subject_matter = models.TextField(max_length=1000)
    duration = models.CharField(max_length=200)
    data_categories = models.TextField("categories of data", max_length=1000)
    data_subjects = models.TextField("categories of people", max_length=1000)
    sub_processing = models.CharField("sub-processors", max_length=8, choices=SubProcessing)
    sub_processors = models.TextField(max_length=2000, blank=True)
    places = ArrayField(models.CharField(max_length=2), help_text="countries in which the data are: MT, DE")
    transfer_ground = models.CharField(max_length=12, choices=TransferGround, blank=True)
    breach_notice_hours = models.PositiveSmallIntegerField()
    at_end = models.CharField(max_length=8, choices=AtEnd)
    signed_by_partner = models.CharField(max_length=120)
    signed_by_platform = models.CharField(max_length=120)
    entered_by = models.ForeignKey(_PERSON, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-entered_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("partner",), condition=Q(ended_at=None), name="a_partner_has_one_processor_contract"
            ),
            models.UniqueConstraint(
                fields=("partner", "version"), name="a_version_of_a_contract_is_entered_once"
            ),
            models.CheckConstraint(
                condition=~Q(version="")
                & ~Q(subject_matter="")
                & ~Q(duration="")
                & ~Q(data_categories="")
                & ~Q(data_subjects="")
                & ~Q(signed_by_partner="")
                & ~Q(signed_by_platform="")
                & Q(places__len__gt=0),
                name="a_processor_contract_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(breach_notice_hours__gte=1, breach_notice_hours__lte=72),
                name="a_breach_is_told_within_72_hours",
            ),
            models.CheckConstraint(
                condition=Q(sub_processing="none", sub_processors="")
                | (Q(sub_processing__in=("listed", "general")) & ~Q(sub_processors="")),
                name="a_contract_names_its_sub_processors",
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner}, version {self.version}"


class KybReminder(models.Model):
    """A letter to our own staff about a screening or a review that ends: one for each distance."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="kyb_reminders")
    what = models.CharField(max_length=12, choices=(("screening", "Screening"), ("review", "Review")))
    due_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    entered_at = models.DateTimeField()
    recipients = ArrayField(models.CharField(max_length=254), default=list)
    state = models.CharField(max_length=8, choices=ReminderState, default=ReminderState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    class Meta:
        ordering = ("-entered_at", "-id")
        verbose_name = "KYB reminder"
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "what", "due_on", "days"), name="a_kyb_reminder_is_written_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReminderState.values), name="a_kyb_reminder_has_a_known_state"
            ),
            models.CheckConstraint(
                condition=~Q(state=ReminderState.FAILED) | ~Q(failure=""),
                name="a_failed_kyb_reminder_says_why",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_what_display()} due on {self.due_on}"
