"""What staff fill in about a partner's business."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from core.admin.forms import OfficeForm
from core.clock import now
from partners.admin.fields import Select, Textarea, TextInput, TickField
from partners.kyb.models import (
    AtEnd,
    ProcessorContract,
    SanctionsList,
    ScreeningDecision,
    ScreeningResult,
    SubProcessing,
    TransferGround,
    Verification,
)
from partners.kyb.rules import LISTS_DAYS_MAX
from partners.onboarding import rules
from partners.onboarding.admin.forms import ChangeForm, DayField, IdentifierField, JurisdictionsField

NO_TRANSFER: Final = ("none", "No transfer out of the EEA")


class ChosenField(forms.ChoiceField):
    """One of a few words that somebody has to choose: none of them is there at the beginning."""

    widget = Select

    def __init__(self, words: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(choices=(("", "Choose…"), *words), **kwargs)


class DirectorForm(OfficeForm):
    name = forms.CharField(max_length=120, widget=TextInput)
    birth_date = DayField()
    country = IdentifierField(
        rules.check_country, required=True, help_text="Of residence, two letters (ISO 3166-1): MT."
    )


class DirectorChangeForm(ChangeForm, DirectorForm):
    director_until = DayField(required=False, help_text="Empty while the person is a director.")


class ScreeningForm(OfficeForm):
    lists = TickField(SanctionsList.choices, initial=SanctionsList.values, label="Lists that you looked in")
    lists_on = DayField(
        label="Day of the lists",
        help_text=f"When they were published or downloaded; at most {LISTS_DAYS_MAX} days ago.",
    )
    result = ChosenField(ScreeningResult.choices)
    found = forms.CharField(
        max_length=2000,
        required=False,
        widget=Textarea({"rows": 4}),
        label="What was found",
        help_text="For a match: which entry of which list, and what speaks for and against it.",
    )

    def clean_lists_on(self) -> date:
        day: date = self.cleaned_data["lists_on"]
        if day < now().date() - timedelta(days=LISTS_DAYS_MAX):
            raise ValidationError(f"Look in newer lists: these are older than {LISTS_DAYS_MAX} days.")
        return day


class DecisionForm(OfficeForm):
    decision = ChosenField(ScreeningDecision.choices)
    reason = forms.CharField(
        max_length=2000, widget=Textarea({"rows": 4}), help_text="What makes you sure; it is kept."
    )


class AccountForm(OfficeForm):
    holder = forms.CharField(max_length=200, widget=TextInput, help_text="As the bank writes the name.")
    iban = IdentifierField(rules.check_iban, required=True, label="IBAN")
    bic = IdentifierField(rules.check_bic, required=True, label="BIC", help_text="8 or 11 characters")
    reason = forms.CharField(
        max_length=500,
        widget=Textarea({"rows": 3}),
        help_text="Where the account is from; the second person reads it.",
    )


class VerificationForm(OfficeForm):
    verification = ChosenField(Verification.choices, label="Verified by means of")
    holder_difference = forms.CharField(
        max_length=1000,
        required=False,
        widget=Textarea({"rows": 3}),
        label="Why the holder has another name",
        help_text="Only where the holder is not the partner's legal name.",
    )


class ReviewForm(OfficeForm):
    findings = forms.CharField(
        max_length=4000,
        widget=Textarea({"rows": 8}),
        label="What was looked at, and what was found",
        help_text="Company, owners, directors, licences, screenings, activity, risk profile.",
    )


class ContractForm(OfficeForm):
    """The terms that GDPR article 28(3) asks for."""

    version = forms.CharField(max_length=32, widget=TextInput)
    agreed_on = DayField()
    subject_matter = forms.CharField(max_length=1000, widget=Textarea({"rows": 2}))
    duration = forms.CharField(
        max_length=200, widget=TextInput, help_text="As long as the main contract runs."
    )
    data_categories = forms.CharField(
        max_length=1000, widget=Textarea({"rows": 2}), label="Categories of data"
    )
    data_subjects = forms.CharField(
        max_length=1000, widget=Textarea({"rows": 2}), label="Categories of people"
    )
    sub_processing = ChosenField(SubProcessing.choices, label="Sub-processors")
    sub_processors = forms.CharField(
        max_length=2000, required=False, widget=Textarea({"rows": 3}), label="Which sub-processors, and where"
    )
    places = JurisdictionsField(
        required=True, label="Countries in which the data are", help_text="With commas: MT, DE."
    )
    transfer_ground = ChosenField((NO_TRANSFER, *TransferGround.choices), label="Ground of transfer")
    breach_notice_hours = forms.IntegerField(
        min_value=1,
        max_value=72,
        widget=TextInput({"inputmode": "numeric"}),
        label="Hours to tell of a breach",
    )
    at_end = ChosenField(AtEnd.choices, label="At the end")
    signed_by_partner = forms.CharField(max_length=120, widget=TextInput, label="Signed for the partner by")
    signed_by_platform = forms.CharField(max_length=120, widget=TextInput, label="Signed for us by")


def kept_terms(contract: ProcessorContract) -> dict[str, Any]:
    """Return what the form for the next version of a contract begins with."""
    kept = (
        "subject_matter", "duration", "data_categories", "data_subjects", "sub_processing", "sub_processors",
        "places", "breach_notice_hours", "at_end",
    )  # fmt: skip
    ground = contract.transfer_ground or NO_TRANSFER[0]
    return {**{name: getattr(contract, name) for name in kept}, "transfer_ground": ground}


def terms_of(filled: dict[str, Any]) -> dict[str, Any]:
    """Return what was filled in as `ContractTerms` has it: places as a tuple, no transfer as no ground."""
    ground = filled["transfer_ground"]
    return {
        **filled,
        "places": tuple(filled["places"]),
        "transfer_ground": "" if ground == NO_TRANSFER[0] else ground,
    }
