"""Compliance: what is asked of partners, the files they hand in, reminders, and the suspensions that follow.

A file's facts never change and its status follows a table of transitions; triggers in
`partners/sql/guard_evidence.sql` make both true.
"""

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.ids import uuid7
from core.letters import UNSENT, Audience, Letter, audience_field, audience_rule, letter_rules
from partners.onboarding.stages import Area

DAYS: Final = (30, 7)
COPY_ASKED: Final = 0
EXPIRED: Final = -1
"""The days of a letter that says that a document has expired: it goes out the day after the last one."""


def _reminder_days() -> list[int]:
    return list(DAYS)


class EvidenceStatus(models.TextChoices):
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REPLACED = "replaced"


class Uploader(models.TextChoices):
    """Who handed a file in: one of the partner's API clients, or a member of staff on its behalf."""

    CLIENT = "client"
    STAFF = "staff"


class ComplianceRequirement(models.Model):
    """A document that partners of a jurisdiction ("*": of every one) are asked for."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    jurisdiction = models.CharField(
        max_length=8, help_text="* for every one, else a country or a part: GB, US-NJ"
    )
    area = models.CharField(max_length=24, choices=Area)
    document_type = models.CharField(max_length=48, help_text="as partners name it: gaming_licence")
    title = models.CharField(max_length=120)
    mandatory = models.BooleanField(default=True, help_text="the area is not accepted without it")
    expires = models.BooleanField("has a last day", default=False)
    reminder_days = ArrayField(
        models.PositiveSmallIntegerField(), default=_reminder_days, help_text="days before the last day"
    )
    is_active = models.BooleanField("asked for", default=True)

    class Meta:
        ordering = ("area", "document_type", "jurisdiction")
        constraints = (
            models.UniqueConstraint(
                fields=("jurisdiction", "document_type"), name="a_jurisdiction_asks_for_a_document_once"
            ),
            models.CheckConstraint(
                condition=models.Q(jurisdiction__regex=r"^([*]|[A-Z]{2}(-[A-Z0-9]{1,3})?)$"),
                name="a_requirement_binds_all_or_a_country",
            ),
            models.CheckConstraint(
                condition=models.Q(area__in=Area.values), name="a_requirement_is_of_a_known_area"
            ),
            models.CheckConstraint(
                condition=models.Q(document_type__regex=r"^[a-z][a-z0-9_]*$"),
                name="a_document_type_is_a_plain_word",
            ),
        )

    def __str__(self) -> str:
        return self.title if self.jurisdiction == "*" else f"{self.title} ({self.jurisdiction})"


class EvidenceFile(models.Model):
    """A document that a partner handed in for a requirement, and what was decided about it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="evidence")
    requirement = models.ForeignKey(ComplianceRequirement, models.PROTECT, related_name="evidence")
    file_name = models.CharField(max_length=120)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField("SHA-256", max_length=64)
    content_type = models.CharField(max_length=32)
    issued_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField("last day", null=True, blank=True)
    uploaded_by = models.CharField(max_length=150)
    uploader = models.CharField(max_length=8, choices=Uploader)
    uploaded_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=EvidenceStatus, default=EvidenceStatus.SUBMITTED)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("uploaded_at", "id")
        verbose_name = "document"
        permissions = (
            ("decide_evidencefile", "Can accept, reject and reopen documents"),
            ("download_evidencefile", "Can download documents and dossiers"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "requirement"),
                condition=models.Q(status=EvidenceStatus.ACCEPTED),
                name="a_requirement_has_one_accepted_document",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=EvidenceStatus.values), name="a_document_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=models.Q(content_type__in=("application/pdf", "image/png", "image/jpeg")),
                name="a_document_is_a_pdf_or_a_picture",
            ),
            models.CheckConstraint(
                condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="a_document_has_its_digest"
            ),
            models.CheckConstraint(condition=models.Q(size_bytes__gt=0), name="a_document_is_not_empty"),
            models.CheckConstraint(
                condition=models.Q(expires_on__isnull=True)
                | models.Q(issued_on__isnull=True)
                | models.Q(expires_on__gte=models.F("issued_on")),
                name="a_document_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=models.Q(status=EvidenceStatus.SUBMITTED, decided_at__isnull=True, decided_by="")
                | (~models.Q(status=EvidenceStatus.SUBMITTED) & models.Q(decided_at__isnull=False))
                & ~models.Q(decided_by=""),
                name="a_decision_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=EvidenceStatus.REJECTED) | ~models.Q(note=""),
                name="a_rejection_says_why",
            ),
        )
        indexes = (
            models.Index(fields=("partner", "-id"), name="documents_of_a_partner"),
            models.Index(fields=("status", "uploaded_at"), name="documents_by_status_and_age"),
            models.Index(
                fields=("expires_on",),
                condition=models.Q(status=EvidenceStatus.ACCEPTED),
                name="documents_by_their_last_day",
            ),
        )

    def __str__(self) -> str:
        return self.file_name


class ComplianceReminder(Letter):
    """A letter about a document that ends: `days` before its last day, because it has expired (-1), or
    because staff asked for a copy (0).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    evidence = models.ForeignKey(EvidenceFile, models.PROTECT, related_name="reminders")
    audience = audience_field(Audience.PARTNER)
    days = models.SmallIntegerField()
    asked_by = models.CharField(max_length=150)
    asked_at = models.DateTimeField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        verbose_name = "reminder"
        constraints = (
            models.UniqueConstraint(
                fields=("evidence", "days", "audience"),
                condition=~models.Q(days=COPY_ASKED),
                name="a_document_has_one_reminder_for_each_distance",
            ),
            models.CheckConstraint(
                condition=models.Q(days__gte=EXPIRED), name="a_reminder_has_a_known_distance"
            ),
            audience_rule("reminder"),
            *letter_rules("reminder"),
        )
        indexes = (
            models.Index(
                fields=("asked_at",),
                condition=models.Q(state__in=UNSENT),
                name="reminders_to_be_sent",
            ),
        )

    def __str__(self) -> str:
        return {COPY_ASKED: "new copy", EXPIRED: "expired"}.get(self.days, f"{self.days} days")


class ComplianceSuspension(models.Model):
    """That compliance stopped a partner's production tenant, and when it let it go on."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="compliance_suspensions")
    suspended_at = models.DateTimeField()
    reason = models.TextField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-suspended_at",)
        verbose_name = "compliance suspension"
        constraints = (
            models.UniqueConstraint(
                fields=("partner",),
                condition=models.Q(lifted_at__isnull=True),
                name="a_partner_is_suspended_by_compliance_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True)
                | models.Q(lifted_at__gte=models.F("suspended_at")),
                name="a_suspension_ends_after_it_begins",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="a_compliance_suspension_says_why"),
        )

    def __str__(self) -> str:
        return self.reason


class StopOccasion(models.TextChoices):
    STOPPED = "stopped"
    RESUMED = "resumed"


class StopLetter(Letter):
    """A letter that compliance has stopped a partner's production, or let it go on: one to our own staff, one
    to the partner.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    suspension = models.ForeignKey(ComplianceSuspension, models.PROTECT, related_name="letters")
    audience = audience_field(Audience.STAFF)
    occasion = models.CharField(max_length=8, choices=StopOccasion)
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("-entered_at", "-id")
        verbose_name = "letter about a stop"
        verbose_name_plural = "letters about stops"
        constraints = (
            models.UniqueConstraint(
                fields=("suspension", "occasion", "audience"), name="a_stop_and_its_end_are_told_once"
            ),
            models.CheckConstraint(
                condition=models.Q(occasion__in=StopOccasion.values),
                name="a_stop_letter_has_a_known_occasion",
            ),
            audience_rule("stop_letter"),
            *letter_rules("stop_letter"),
        )
        indexes = (
            models.Index(
                fields=("entered_at",),
                condition=models.Q(state__in=UNSENT),
                name="stop_letters_to_be_sent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.suspension.partner}: {self.get_occasion_display()}"
