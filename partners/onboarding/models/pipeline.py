"""A partner's way to production: the areas of compliance, the certification, and each move of its stage."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.ids import uuid7
from partners.onboarding.stages import Area, AreaStatus, Stage


class ComplianceArea(models.Model):
    """The verdict on one of the five areas for one partner, as it stands now."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="compliance_areas")
    area = models.CharField(max_length=24, choices=Area)
    status = models.CharField(max_length=16, choices=AreaStatus, default=AreaStatus.MISSING)
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ("partner", "area")
        constraints = (
            models.UniqueConstraint(fields=("partner", "area"), name="a_partner_has_each_area_once"),
            models.CheckConstraint(condition=models.Q(area__in=Area.values), name="an_area_is_one_of_five"),
            models.CheckConstraint(
                condition=models.Q(status__in=AreaStatus.values), name="an_area_has_a_known_status"
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=("accepted", "rejected"))
                | (~models.Q(decided_by="") & models.Q(decided_at__isnull=False)),
                name="an_area_is_decided_by_somebody_at_a_time",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="rejected") | ~models.Q(reason=""),
                name="a_rejected_area_has_a_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner}: {self.get_area_display()}"


class Certification(models.Model):
    """A test run that a partner passed: what was run, the evidence, and the signatures of two people."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="certifications")
    tested_on = models.DateField()
    notes = models.TextField(max_length=4000, help_text="what was run and what came of it")
    evidence = models.TextField(max_length=4000, help_text="where the report, recordings and logs are")
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    countersigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    countersigned_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=150, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("partner", "-id"), name="certifications_of_a_partner"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(countersigned_by=None) | ~models.Q(countersigned_by=models.F("signed_by")),
                name="a_certification_is_signed_by_two_people",
            ),
            models.CheckConstraint(
                condition=models.Q(countersigned_by=None, countersigned_at=None)
                | models.Q(countersigned_by__isnull=False, countersigned_at__isnull=False),
                name="a_second_signature_has_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None, withdrawn_by="", withdrawal_reason="")
                | (
                    models.Q(withdrawn_at__isnull=False)
                    & ~models.Q(withdrawn_by="")
                    & ~models.Q(withdrawal_reason="")
                ),
                name="a_withdrawn_certification_says_who_and_why",
            ),
            models.CheckConstraint(
                condition=~models.Q(notes="") & ~models.Q(evidence=""), name="a_certification_has_evidence"
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner}, {self.tested_on}"

    @property
    def state(self) -> str:
        """Return `signed` (by one person), `certified` (by two) or `withdrawn`."""
        return "withdrawn" if self.withdrawn_at else "certified" if self.countersigned_at else "signed"


class OnboardingTransition(models.Model):
    """A step that is allowed, and the facts that must hold for it; data that only a migration changes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    from_stage = models.CharField(max_length=16, choices=Stage)
    to_stage = models.CharField(max_length=16, choices=Stage)
    requires = ArrayField(models.CharField(max_length=32), default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("from_stage", "to_stage"), name="a_transition_is_said_once"),
        )

    def __str__(self) -> str:
        return f"{self.from_stage} to {self.to_stage}"


class OnboardingMove(models.Model):
    """A partner went from one stage to another: who, when and why.

    `number` (1, 2, ... of each partner) and `transaction_id` are set by the database.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="moves")
    number = models.PositiveIntegerField(default=0)
    from_stage = models.CharField(max_length=16, choices=Stage)
    to_stage = models.CharField(max_length=16, choices=Stage)
    moved_by = models.CharField(max_length=150)
    moved_by_role = models.CharField(
        max_length=32,
        blank=True,
        default="",
        db_default="",
        help_text="a pause of compliance or risk, they alone end",
    )
    moved_at = models.DateTimeField()
    reason = models.TextField(max_length=1000)
    tenant_suspended = models.BooleanField(default=False, help_text="it stopped the production tenant")
    transaction_id = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("partner", "-number")
        constraints = (
            models.UniqueConstraint(fields=("partner", "number"), name="a_partners_moves_are_numbered"),
            models.CheckConstraint(
                condition=~models.Q(moved_by="") & ~models.Q(reason=""), name="a_move_says_who_and_why"
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_stage} to {self.to_stage}"
