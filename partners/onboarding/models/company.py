"""A partner's company, its licences, its people, and what we note about it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower

from core.days import EARLIEST
from core.ids import uuid7
from core.lines import lines
from partners.onboarding.stages import ContactRole


class Company(models.Model):
    """What a partner is in law (know your customer of a company). Its legal name, address, VAT number and
    country stand in the partner's own row, since statements print them.
    """

    partner = models.OneToOneField("partners.Partner", models.PROTECT, primary_key=True)
    registration_number = models.CharField(max_length=64, blank=True)
    lei = models.CharField("LEI", max_length=20, blank=True, help_text="ISO 17442")
    jurisdictions = ArrayField(
        models.CharField(max_length=8),
        default=list,
        blank=True,
        help_text="countries or their parts where the partner takes bets: MT, US-NJ",
    )
    planned_jurisdictions = ArrayField(
        models.CharField(max_length=8),
        default=list,
        db_default=[],
        blank=True,
        help_text="where the partner is going to take bets: its documents are asked for already",
    )
    no_other_owners = models.BooleanField(
        "nobody else has 25 %",
        default=False,
        help_text="The company has declared that nobody but the listed owners holds 25 % or more.",
    )
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "companies"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(lei="") | models.Q(lei__regex="^[A-Z0-9]{18}[0-9]{2}$"),
                name="a_lei_has_18_characters_and_two_digits",
            ),
            models.UniqueConstraint(
                fields=("lei",), condition=~models.Q(lei=""), name="a_lei_belongs_to_one_company"
            ),
            lines("registration_number", name="a_registration_number_is_a_line"),
        )

    def __str__(self) -> str:
        return str(self.partner)


class Licence(models.Model):
    """A gaming licence of a partner in one jurisdiction."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="licences")
    jurisdiction = models.CharField(max_length=8, help_text="MT, US-NJ")
    authority = models.CharField(max_length=120)
    number = models.CharField(max_length=64)
    issued_on = models.DateField()
    expires_on = models.DateField(null=True, blank=True, help_text="empty: without an end")

    class Meta:
        ordering = ("partner", "jurisdiction", "-issued_on")
        constraints = (
            models.UniqueConstraint(
                fields=("partner", "jurisdiction", "number"), name="a_licence_is_entered_once"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_on=None) | models.Q(expires_on__gt=models.F("issued_on")),
                name="a_licence_ends_after_it_began",
            ),
            lines("authority", "number", name="a_licence_is_written_in_lines"),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.number}"


class BeneficialOwner(models.Model):
    """A person who owns part of a partner; who holds 25 % or more must be listed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="owners")
    name = models.CharField(max_length=120)
    birth_date = models.DateField()
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    share_percent = models.DecimalField(max_digits=6, decimal_places=3)
    is_politically_exposed = models.BooleanField("politically exposed (PEP)", default=False)
    owner_until = models.DateField(null=True, blank=True, help_text="empty while the person is an owner")

    class Meta:
        permissions = (("reveal_beneficialowner", "Can see an owner's personal data, with a reason"),)
        ordering = ("partner", "-share_percent", "name")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(share_percent__gt=0, share_percent__lte=100),
                name="an_owner_has_a_share_up_to_100_percent",
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex="^[A-Z]{2}$"), name="an_owner_has_a_country_code"
            ),
            models.CheckConstraint(
                condition=models.Q(birth_date__gte=EARLIEST), name="an_owner_is_born_after_1900"
            ),
            models.CheckConstraint(
                condition=models.Q(owner_until=None) | models.Q(owner_until__gte=models.F("birth_date")),
                name="an_owner_leaves_after_being_born",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="an_owner_has_a_name"),
            lines("name", name="an_owners_name_is_a_line"),
        )

    def __str__(self) -> str:
        return self.name


class Director(models.Model):
    """A person who directs a partner's company."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="directors")
    name = models.CharField(max_length=120)
    birth_date = models.DateField()
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    director_until = models.DateField(null=True, blank=True, help_text="empty while the person is a director")

    class Meta:
        permissions = (("reveal_director", "Can see a director's personal data, with a reason"),)
        ordering = ("partner", "name")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(country__regex="^[A-Z]{2}$"), name="a_director_has_a_country_code"
            ),
            models.CheckConstraint(
                condition=models.Q(birth_date__gte=EARLIEST), name="a_director_is_born_after_1900"
            ),
            models.CheckConstraint(
                condition=models.Q(director_until=None)
                | models.Q(director_until__gte=models.F("birth_date")),
                name="a_director_leaves_after_being_born",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_director_has_a_name"),
            lines("name", name="a_directors_name_is_a_line"),
        )

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person at a partner whom staff may write to or call."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="contacts")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=ContactRole)
    email = models.EmailField("e-mail", max_length=254)
    phone = models.CharField(max_length=32, blank=True)
    is_primary = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        permissions = (("reveal_contact", "Can see a contact's personal data, with a reason"),)
        ordering = ("partner", "-is_primary", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("partner",),
                condition=models.Q(is_primary=True),
                name="a_partner_has_one_primary_contact",
            ),
            models.UniqueConstraint(
                "partner", Lower("email"), "role", name="a_contact_has_an_address_once_a_role"
            ),
            models.CheckConstraint(
                condition=models.Q(is_primary=False) | models.Q(is_active=True),
                name="a_primary_contact_is_active",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=ContactRole.values), name="a_contact_has_a_known_role"
            ),
            models.CheckConstraint(
                condition=models.Q(phone__regex=r"^(\+[1-9]( ?[0-9]){6,14})?$"),
                name="a_contacts_phone_is_a_number",
            ),
            models.CheckConstraint(
                condition=models.Q(email__regex=r"^[^@[:space:]]+@[^@[:space:]]+$"),
                name="a_contacts_email_is_an_address",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="a_contact_has_a_name"),
            lines("name", "email", name="a_contacts_name_and_email_are_lines"),
        )

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """What a member of staff wrote down about a partner; it stays as it was written."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey("partners.Partner", models.PROTECT, related_name="notes")
    author = models.CharField(max_length=150)
    written_at = models.DateTimeField()
    text = models.TextField(max_length=4000)

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("partner", "-id"), name="notes_of_a_partner"),)
        constraints = (models.CheckConstraint(condition=~models.Q(text=""), name="a_note_says_something"),)

    def __str__(self) -> str:
        return f"{self.author}, {self.written_at:%Y-%m-%d}"
