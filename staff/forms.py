"""Forms of the pages on which staff prove themselves."""

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.http import HttpRequest

from core.admin.forms import OfficeForm
from core.clock import now
from core.days import DayInvalid, check_day
from core.models import StaffUser
from staff.queries import list_possible_deputies
from staff.rules import who_could_stand_in

if TYPE_CHECKING:
    from django.forms import DateInput, PasswordInput, Select, TextInput
else:
    from unfold.widgets import UnfoldAdminPasswordWidget as PasswordInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminSingleDateWidget as DateInput
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput


class CodeForm(OfficeForm):
    """The six digits that the authenticator app shows."""

    code = forms.CharField(
        label="Code",
        max_length=10,
        help_text="The six digits that your authenticator app shows now.",
        widget=TextInput(
            {"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "pattern": "[0-9 ]*"}
        ),
    )


class NewPasswordForm(OfficeForm):
    """A new password, twice."""

    password = forms.CharField(
        label="New password",
        strip=False,
        max_length=128,
        help_text=" ".join(str(text) for text in password_validators_help_texts()),
        widget=PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="The same again",
        strip=False,
        max_length=128,
        widget=PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, user: StaffUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        password = cleaned.get("password")
        if password:
            try:
                validate_password(password, self.user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        if password and "again" in cleaned and cleaned["again"] != password:
            self.add_error("again", "This is not the same.")
        return cleaned


class OwnPasswordForm(NewPasswordForm):
    """A new password by who knows the old one."""

    old = forms.CharField(
        label="Present password",
        strip=False,
        max_length=128,
        widget=PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )
    field_order = ("old", "password", "again")

    def __init__(self, request: HttpRequest, user: StaffUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.request = request

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        # Asked as at the login, and so counted with the wrong passwords there.
        if authenticate(self.request, username=self.user.get_username(), password=old) is None:
            raise forms.ValidationError("This is not your present password.")
        return old


class ForgottenForm(OfficeForm):
    """The address to which a link for a new password goes."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=TextInput({"type": "email", "autocomplete": "username", "autofocus": True}),
    )


class DeputyForm(OfficeForm):
    """Who stands in, from the first day to the last, both whole days in UTC."""

    deputy = forms.ModelChoiceField(StaffUser.objects.none(), label="Colleague", widget=Select())
    from_date = forms.DateField(label="First day", widget=DateInput())
    until_date = forms.DateField(label="Last day", widget=DateInput())

    def __init__(self, user: StaffUser, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["deputy"]
        assert isinstance(field, forms.ModelChoiceField)
        possible = list_possible_deputies(user)
        field.queryset = StaffUser.objects.filter(pk__in=[each.pk for each in possible]).order_by("username")
        field.error_messages["invalid_choice"] = who_could_stand_in(
            [each.get_username() for each in possible]
        )
        field.help_text = "Listed is who could decide in your place."

    def clean_from_date(self) -> date:
        return self._day("from_date")

    def clean_until_date(self) -> date:
        return self._day("until_date")

    def _day(self, name: str) -> date:
        try:
            return check_day(self.cleaned_data[name], field=name, today=now().date())
        except DayInvalid as refusal:
            raise forms.ValidationError(refusal.message) from None

    @property
    def from_at(self) -> datetime:
        return _midnight(self.cleaned_data["from_date"])

    @property
    def until_at(self) -> datetime:
        return _midnight(self.cleaned_data["until_date"] + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
