"""The forms of tenants: a new one, its settings, currencies, and how much of production is routed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest

from core.admin.commands import CommandForm, ReasonForm
from core.admin.forms import OfficeModelForm
from core.models import Currency
from core.text import quoted
from partners.admin.fields import CheckboxSelectMultiple, NetworksField, TextInput
from partners.models import Tenant
from partners.rules import BadRequestsPerMinute, NetworkTooWide, check_requests_per_minute, parse_network

if TYPE_CHECKING:
    from django.forms import NumberInput
else:
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput

if TYPE_CHECKING:
    _Currencies = forms.ModelMultipleChoiceField[Currency]
else:
    _Currencies = forms.ModelMultipleChoiceField


class CurrenciesField(_Currencies):
    """The currencies that players may have a wallet in, each with a box to tick."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queryset=Currency.objects.order_by("code"),
            widget=CheckboxSelectMultiple,
            label="Currencies",
            **kwargs,
        )


class TenantForm(OfficeModelForm):
    allowed_ips = NetworksField(
        label="Allowed IPs",
        help_text="One IPv4 or IPv6 network in CIDR form a line. Empty admits every address to a test tenant "
        "and none to production, which takes no network wider than /8 (IPv4) or /32 (IPv6). A second person "
        "approves more of them once production has had a secret.",
    )

    class Meta:
        model = Tenant
        fields = ("partner", "kind", "allowed_ips", "requests_per_minute", "odds_threshold")

    def clean(self) -> Any:
        cleaned = super().clean() or self.cleaned_data
        kind = cleaned.get("kind", self.instance.kind)
        for network in cleaned.get("allowed_ips", ()):
            try:
                parse_network(network, tenant_kind=kind)
            except NetworkTooWide as refusal:
                self.add_error("allowed_ips", f"{quoted(network)}: {refusal.message}")
        own = cleaned.get("requests_per_minute")
        if own != self.instance.requests_per_minute or self.instance._state.adding:
            try:
                check_requests_per_minute(own)
            except BadRequestsPerMinute as refusal:
                self.add_error("requests_per_minute", refusal.message)
        return cleaned


class ChangedTenantForm(TenantForm):
    reason = forms.CharField(
        max_length=200,
        required=False,
        widget=TextInput,
        help_text="Who approves more allowed IPs for production reads it.",
    )


class NewTenantForm(TenantForm):
    opening_currencies = CurrenciesField()


class CurrenciesForm(CommandForm):
    currencies = CurrenciesField()

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        tenant = Tenant.objects.filter(pk=object_id or "").first()
        if tenant is not None:
            self.begin_with(tenant, {"currencies": list(tenant.currencies.order_by("code"))})


class RampForm(ReasonForm):
    percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        widget=NumberInput,
        label="Players routed, in percent",
        help_text="A player who is in stays in when the ramp rises.",
    )

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        tenant = Tenant.objects.filter(pk=object_id or "").first()
        if tenant is not None:
            self.begin_with(tenant, {"percent": tenant.ramp_percent})
        self.order_fields(["percent", "reason"])
