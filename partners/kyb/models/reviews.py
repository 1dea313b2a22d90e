"""The periodic review of a partner, and the letters before a review, a screening or a licence ends."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.ids import uuid7
from core.letters import Audience, Letter, audience_field, audience_rule, letter_rules
from partners.kyb.rules import LICENCE, REVIEW, SCREENING

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
    """A letter about a screening, a review or a licence that ends: one for each distance. Of a licence staff
    and the partner get one each, of the others staff alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="kyb_reminders")
    audience = audience_field(Audience.STAFF)
    what = models.CharField(
        max_length=12, choices=((SCREENING, "Screening"), (REVIEW, "Review"), (LICENCE, "Licence"))
    )
    licence = models.ForeignKey(
        "partners.Licence", models.PROTECT, null=True, blank=True, related_name="reminders"
    )
    due_on = models.DateField(help_text="of a licence the last day, else the day from which it holds no more")
    days = models.PositiveSmallIntegerField()
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("-entered_at", "-id")
        verbose_name = "KYB reminder"
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "what", "licence", "due_on", "days", "audience"),
                nulls_distinct=False,
                name="a_kyb_reminder_is_written_once",
            ),
            models.CheckConstraint(
                condition=Q(what=LICENCE, licence__isnull=False)
                | (~Q(what=LICENCE) & Q(licence__isnull=True, audience=Audience.STAFF)),
                name="a_kyb_reminder_is_of_a_licence_or_for_staff",
            ),
            audience_rule("kyb_reminder"),
            *letter_rules("kyb_reminder"),
        )

    def __str__(self) -> str:
        return f"{self.get_what_display()} due on {self.due_on}"
