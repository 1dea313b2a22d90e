"""The contract about players' data, by its versions."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.ids import uuid7
from partners.kyb.rules import GDPR_ON

_PERSON = settings.AUTH_USER_MODEL


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
            models.CheckConstraint(
                condition=Q(agreed_on__gte=GDPR_ON) | Q(ended_at__isnull=False),
                name="a_contract_in_force_is_no_older_than_the_gdpr",
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner}, version {self.version}"
