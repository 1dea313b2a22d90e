"""What staff fill in about a partner's business."""

from typing import Any, Final

from django import forms

from partners.admin.fields import Select, Textarea, TextInput, TickField
from partners.kyb.models import (
    AtEnd,
    SanctionsList,
    ScreeningDecision,
    ScreeningResult,
    SubProcessing,
    TransferGround,
    Verification,
)
from partners.onboarding import rules
from partners.onboarding.admin.forms import ChangeForm, DayField, IdentifierField, JurisdictionsField

NOBODY: Final = (("", "No transfer out of the EEA"),)


class DirectorForm(forms.Form):
    name = forms.CharField(max_length=120, widget=TextInput)
    birth_date = DayField()
    country = IdentifierField(
        rules.check_country, required=True, help_text="Of residence, two letters (ISO 3166-1): MT."
    )


class DirectorChangeForm(ChangeForm, DirectorForm):
    director_until = DayField(required=False, help_text="Empty while the person is a director.")


class ScreeningForm(forms.Form):
    lists = TickField(SanctionsList.choices, label="Lists that you looked in")
    lists_on = DayField(label="Day of the lists", help_text="When they were published or downloaded.")
    result = forms.ChoiceField(choices=ScreeningResult.choices, widget=Select)
    found = forms.CharField(
        max_length=2000,
        required=False,
        widget=Textarea({"rows": 4}),
        label="What was found",
        help_text="For a match: which entry of which list, and what speaks for and against it.",
    )


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(choices=ScreeningDecision.choices, widget=Select)
    reason = forms.CharField(
        max_length=2000, widget=Textarea({"rows": 4}), help_text="What makes you sure; it is kept."
    )


class AccountForm(forms.Form):
    holder = forms.CharField(max_length=200, widget=TextInput, help_text="As the bank writes the name.")
    iban = IdentifierField(rules.check_iban, required=True, label="IBAN")
    bic = IdentifierField(rules.check_bic, required=True, label="BIC", help_text="8 or 11 characters")
    reason = forms.CharField(
        max_length=500,
        widget=Textarea({"rows": 3}),
        help_text="Where the account is from; the second person reads it.",
    )


class VerificationForm(forms.Form):
    verification = forms.ChoiceField(choices=Verification.choices, widget=Select, label="Verified by")
    holder_difference = forms.CharField(
        max_length=1000,
        required=False,
        widget=Textarea({"rows": 3}),
        label="Why the holder has another name",
        help_text="Only where the holder is not the partner's legal name.",
    )


class ReviewForm(forms.Form):
    findings = forms.CharField(
        max_length=4000,
        widget=Textarea({"rows": 8}),
        label="What was looked at, and what was found",
        help_text="Company, owners, directors, licences, screenings, activity, risk profile.",
    )


class ContractForm(forms.Form):
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
    sub_processing = forms.ChoiceField(choices=SubProcessing.choices, widget=Select, label="Sub-processors")
    sub_processors = forms.CharField(
        max_length=2000, required=False, widget=Textarea({"rows": 3}), label="Which sub-processors, and where"
    )
    places = JurisdictionsField(
        required=True, label="Countries in which the data are", help_text="With commas: MT, DE."
    )
    transfer_ground = forms.ChoiceField(
        choices=(*NOBODY, *TransferGround.choices), required=False, widget=Select, label="Ground of transfer"
    )
    breach_notice_hours = forms.IntegerField(
        min_value=1,
        max_value=72,
        widget=TextInput({"inputmode": "numeric"}),
        label="Hours to tell of a breach",
    )
    at_end = forms.ChoiceField(choices=AtEnd.choices, widget=Select, label="At the end")
    signed_by_partner = forms.CharField(max_length=120, widget=TextInput, label="Signed for the partner by")
    signed_by_platform = forms.CharField(max_length=120, widget=TextInput, label="Signed for us by")


def terms_of(filled: dict[str, Any]) -> dict[str, Any]:
    """Return what was filled in with the places as a tuple, as `ContractTerms` has them."""
    return {**filled, "places": tuple(filled["places"])}
