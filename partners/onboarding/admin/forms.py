"""What staff fill in about a partner's company and its people; identifiers are checked at their field."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

from core.admin.forms import OfficeForm
from core.errors import BadRequest
from core.pii import masked, personal_fields
from partners.admin.fields import Select, ShownText, Textarea, TextInput
from partners.models import Partner
from partners.onboarding import rules
from partners.onboarding.stages import ContactRole
from partners.services.grounds import LEFT_TO_COMPLIANCE

if TYPE_CHECKING:
    from django.forms import CheckboxInput
else:
    from unfold.widgets import UnfoldBooleanWidget as CheckboxInput


EMPTIES: Final = "-"
IDENTIFIER_MAX: Final = 64
"""Longer than any identifier is written, spaces included."""
PARTICULARS: Final = ("legal_name", "legal_address", "vat_number")


class IdentifierField(forms.CharField):
    """A number that a rule knows how to check; cleaned to the form in which it is stored.

    `empties` is what empties the field in a form that does not show it.
    """

    empties = ""

    def __init__(self, check: Callable[[str], str], **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": IDENTIFIER_MAX, "widget": TextInput, **kwargs})
        self.check = check

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return text if text in ("", self.empties) else self.check(text)
        except BadRequest as refusal:
            raise ValidationError(refusal.message) from refusal


class JurisdictionsField(forms.CharField):
    """Codes of countries or of their parts, with commas between them."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": TextInput, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        if self.disabled:
            return value
        codes = super().clean(value).replace(",", " ").split()
        try:
            return rules.check_jurisdictions(codes)
        except rules.BadIdentifier as refusal:
            raise ValidationError(refusal.message) from refusal


class DayField(forms.DateField):
    """A day, chosen from the browser's calendar or typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"widget": TextInput({"type": "date"}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return value.isoformat() if hasattr(value, "isoformat") else value


class CompanyForm(OfficeForm):
    """What the partner is in law; `PARTICULARS` are kept with the partner itself."""

    legal_name = forms.CharField(max_length=200, required=False, widget=TextInput)
    legal_address = forms.CharField(max_length=1000, required=False, widget=Textarea({"rows": 3}))
    vat_number = forms.CharField(max_length=32, required=False, widget=TextInput, label="VAT number")
    registration_number = forms.CharField(max_length=64, required=False, widget=TextInput)
    lei = IdentifierField(rules.check_lei, label="LEI", help_text="ISO 17442, 20 characters")
    jurisdictions = JurisdictionsField(
        label="Takes bets in",
        help_text="Countries or their parts: MT, US-NJ. What is asked for follows from them.",
    )
    planned_jurisdictions = JurisdictionsField(
        label="Is going to take bets in",
        help_text="Their documents are asked for and reviewed already; production does not rest on them. "
        "Compliance puts a place in force.",
    )
    no_other_owners = forms.BooleanField(
        required=False,
        label="Nobody else has 25 %",
        widget=CheckboxInput,
        help_text="The company has declared that nobody but the listed owners holds 25 % or more.",
    )

    def __init__(
        self, *args: Any, partner: Partner, may_change_partner: bool, may_change_places: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.partner = partner
        if not may_change_partner:
            for name in PARTICULARS:
                del self.fields[name]
        if not may_change_places:
            places = self.fields["jurisdictions"]
            places.disabled, places.widget, places.help_text = True, ShownText(), LEFT_TO_COMPLIANCE

    def row_shown(self) -> Model:
        return self.partner


class OwnerForm(OfficeForm):
    name = forms.CharField(max_length=120, widget=TextInput)
    birth_date = DayField()
    country = IdentifierField(
        rules.check_country, required=True, help_text="Of residence, two letters (ISO 3166-1): MT."
    )
    share_percent = forms.DecimalField(
        min_value=rules.SHARE_MIN,
        max_value=100,
        max_digits=6,
        decimal_places=3,
        widget=TextInput({"inputmode": "decimal"}),
        label="Share in percent",
    )
    is_politically_exposed = forms.BooleanField(
        required=False, label="Politically exposed (PEP)", widget=CheckboxInput
    )


class ChangeForm(OfficeForm):
    """A form about a person already known: what is personal is not shown again, and stays unless filled in.

    A dash empties a field that may be empty.
    """

    def __init__(self, *args: Any, row: Model, **kwargs: Any) -> None:
        names = [name for name in self.base_fields if name not in personal_fields(type(row))]
        super().__init__(*args, **{**kwargs, "initial": {name: getattr(row, name) for name in names}})
        self.row = row
        self.kept: set[str] = set()
        for name in set(self.fields) - set(names):
            field = self.fields[name]
            field.help_text = (
                f"Now {masked(type(row), name, getattr(row, name)) or 'empty'}. Left empty, it stays."
                + ("" if field.required else " A dash empties it.")
            )
            if isinstance(field, IdentifierField) and not field.required:
                field.empties = EMPTIES
            field.required = False
            self.kept.add(name)

    def row_shown(self) -> Model:
        return self.row

    def clean(self) -> dict[str, Any]:
        filled: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.kept:
            if self.base_fields[name].required and filled.get(name) == EMPTIES:
                self.add_error(name, self.fields[name].error_messages["required"])
        return filled

    def changes(self) -> dict[str, Any]:
        """Return what was filled in, without what stays as it is."""
        filled = self.cleaned_data
        stays = {name for name in self.kept if filled[name] in ("", None)}
        return {
            name: "" if name in self.kept and value == EMPTIES else value
            for name, value in filled.items()
            if name not in stays
        }


class OwnerChangeForm(ChangeForm, OwnerForm):
    owner_until = DayField(required=False, help_text="Empty while the person is an owner.")


class LicenceForm(OfficeForm):
    jurisdiction = IdentifierField(
        rules.check_jurisdiction, required=True, help_text="A country or a part of it: MT, US-NJ."
    )
    authority = forms.CharField(max_length=120, widget=TextInput, help_text="Who issued it.")
    number = forms.CharField(max_length=64, widget=TextInput)
    issued_on = DayField()
    expires_on = DayField(required=False, label="Last day", help_text="Empty: without an end.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begins, ends = cleaned.get("issued_on"), cleaned.get("expires_on")
        if begins and ends and ends <= begins:
            self.add_error("expires_on", "A licence ends after it was issued.")
        return cleaned


class LicenceChangeForm(OfficeForm):
    expires_on = DayField(required=False, label="Last day", help_text="Empty: without an end.")

    def __init__(self, *args: Any, issued_on: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issued_on = issued_on

    def clean_expires_on(self) -> Any:
        ends = self.cleaned_data["expires_on"]
        if ends is not None and ends <= self.issued_on:
            raise ValidationError(f"A licence ends after it was issued, on {self.issued_on}.")
        return ends


class ContactForm(OfficeForm):
    name = forms.CharField(max_length=120, widget=TextInput)
    role = forms.ChoiceField(choices=ContactRole.choices, widget=Select)
    email = forms.EmailField(label="E-mail", max_length=254, widget=TextInput({"type": "email"}))
    phone = IdentifierField(
        rules.check_phone,
        max_length=32,
        widget=TextInput({"type": "tel"}),
        help_text="With the country: +356 2123 4567.",
    )
    is_primary = forms.BooleanField(
        required=False,
        label="Primary contact",
        widget=CheckboxInput,
        help_text="Takes the place of the present one.",
    )


class ContactChangeForm(ChangeForm, ContactForm):
    is_active = forms.BooleanField(
        required=False, label="Still there", widget=CheckboxInput, help_text="Nobody writes to who is not."
    )


class CertificationForm(OfficeForm):
    tested_on = DayField(label="Tested on")
    notes = forms.CharField(
        max_length=4000, widget=Textarea({"rows": 4}), label="What was run, and what came of it"
    )
    evidence = forms.CharField(
        max_length=4000, widget=Textarea({"rows": 3}), label="Where the report, recordings and logs are"
    )


class CountersignForm(OfficeForm):
    """Asks for nothing: the button alone signs."""


class WithdrawForm(OfficeForm):
    reason = forms.CharField(max_length=200, widget=Textarea({"rows": 3}), help_text="Kept in the history.")
