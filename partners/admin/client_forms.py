"""What the dialogs and pages of API clients ask for."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest

from core.admin.cells import moment_text
from core.admin.commands import CommandForm, ReasonForm
from core.admin.forms import OfficeForm, OfficeModelForm
from partners.admin.fields import OVERLAPS, Select, TextInput, TickField
from partners.models import ApiClient, ClientSecret, TenantKind
from partners.onboarding.stages import ENDED
from partners.rules import SCOPES, TEST_SCOPES, USUAL_SCOPES, scopes_for
from partners.services.client_secrets import newest_secret

SCOPE_CHOICES = [(one, f"{one} (test tenants only)" if one in TEST_SCOPES else one) for one in SCOPES]
LIFETIMES = (("", "as long as it is not revoked"), ("90", "90 days"), ("180", "180 days"), ("365", "a year"))


class NewClientForm(OfficeModelForm):
    name = forms.CharField(
        max_length=255, widget=TextInput, help_text="The partner's system, such as Betting platform."
    )
    scopes = TickField(SCOPE_CHOICES, initial=USUAL_SCOPES)

    class Meta:
        model = ApiClient
        fields = ("tenant", "name", "scopes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tenant" in self.fields:
            chosen: Any = self.fields["tenant"]
            chosen.queryset = chosen.queryset.exclude(partner__stage__in=ENDED)


class ScopesForm(CommandForm):
    scopes = TickField(SCOPE_CHOICES)
    reason = forms.CharField(max_length=500, required=False, widget=TextInput)

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        client = ApiClient.objects.select_related("tenant").filter(pk=object_id).first()
        if client is not None:
            field = self.fields["scopes"]
            assert isinstance(field, TickField)
            field.choices = [(scope, scope) for scope in scopes_for(client.tenant.kind)]
            self.begin_with(client, {"scopes": client.scopes})


def _lifetime_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=LIFETIMES, initial="", widget=Select, required=False, label="The new secret works for"
    )


def _lifetime_of(form: forms.BaseForm) -> int | None:
    days = form.cleaned_data["lifetime_days"]
    return int(days) if days else None


class IssueForm(OfficeForm):
    """How long the new secret works, and which one was the newest when the page was opened."""

    lifetime_days = _lifetime_field()
    newest_seen = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)

    def expires_at(self, at: datetime) -> datetime | None:
        """Return when the new secret ends by itself; None for never."""
        days = _lifetime_of(self)
        return None if days is None else at + timedelta(days=days)


class AskForm(ReasonForm):
    lifetime_days = _lifetime_field()
    field_order = ("lifetime_days", "reason")

    def lifetime(self) -> int | None:
        """Return for how many days the new secret is to work; None without an end."""
        return _lifetime_of(self)


class RotateForm(IssueForm):
    overlap_hours = forms.ChoiceField(
        choices=OVERLAPS, initial="24", widget=Select, label="The old secret works for another", required=True
    )


def fit_to_client(form: IssueForm, client: ApiClient) -> None:
    """Remember the newest secret, and ask for no lifetime where one was approved."""
    form.initial["newest_seen"] = newest_secret(client.pk)
    if client.tenant.kind == TenantKind.PRODUCTION:
        del form.fields["lifetime_days"]


class RevokeSecretForm(ReasonForm):
    secret = forms.ChoiceField(widget=Select)

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        live = ClientSecret.objects.filter(client__pk=object_id or "", revoked_at__isnull=True)
        field = self.fields["secret"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (str(one.pk), f"ends in {one.hint}, issued {moment_text(one.created_at)}") for one in live
        ]
        self.order_fields(["secret", "reason"])
