"""The periodic review of a partner, and the letters before a review or a screening ends."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import uuid7
from core.letters import Letter, letter_rules

_PERSON = settings.AUTH_USER_MODEL


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


class KybReminder(Letter):
    """A letter to our own staff about a screening or a review that ends: one for each distance."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="kyb_reminders")
    what = models.CharField(max_length=12, choices=(("screening", "Screening"), ("review", "Review")))
    due_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("-entered_at", "-id")
        verbose_name = "KYB reminder"
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "what", "due_on", "days"), name="a_kyb_reminder_is_written_once"
            ),
            *letter_rules("kyb_reminder"),
        )

    def __str__(self) -> str:
        return f"{self.get_what_display()} due on {self.due_on}"
