"""That names were looked for on sanctions lists, and what was found."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7

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
