"""Limits in the office: the platform's, and a partner's or tenant's own in their place."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from approvals.asking import asked_instead, waiting_url
from core.admin.base import OfficeAdmin
from core.admin.cells import moment, money, yes_or_no
from core.admin.commands import CommandForm, command
from core.admin.forms import OfficeForm, OfficeModelForm
from core.admin.pages import command_page
from core.admin.scope import Seen
from core.clock import now
from core.money import exact_text
from partners.models import Partner, Tenant
from risk.in_force import FOLLOWING, USD, in_force
from risk.models import Limit, LimitKind
from risk.services.limits import LimitKey, key_of, request_raise, set_limit
from staff.security import acting_staff

if TYPE_CHECKING:
    from django.forms import CheckboxInput, Select, TextInput
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput
    from unfold.widgets import UnfoldBooleanWidget as CheckboxInput

PROPOSE: Final = "risk.propose_limit"


class LimitForm(OfficeModelForm):
    reason = forms.CharField(
        max_length=200, widget=TextInput, help_text="Kept in the history. Who approves a raise reads it."
    )

    class Meta:
        model = Limit
        fields = ("kind", "vip", "partner", "tenant", "amount")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row_shown() is not None and "amount" in self.fields:
            self.initial["amount"] = Decimal(exact_text(self.instance.amount, 2))

    def clean_amount(self) -> Any:
        amount = self.cleaned_data["amount"]
        if amount is not None and amount < 0:
            raise forms.ValidationError("A limit is not negative.")
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("partner") and cleaned.get("tenant"):
            raise forms.ValidationError("A limit is of a partner or of a tenant, not of both.")
        return cleaned


class RaiseForm(CommandForm):
    """A higher amount for a limit that is set."""

    amount = forms.DecimalField(
        min_value=0, max_digits=22, decimal_places=2, widget=TextInput, label="Amount (USD)"
    )
    reason = forms.CharField(max_length=200, widget=TextInput, help_text="Who approves the raise reads it.")

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        found = Limit.objects.filter(pk=object_id).first() if object_id else None
        if found is not None:
            self.fields["amount"].help_text = f"Now {money(found.amount, USD)}."


class OwnRaiseForm(OfficeForm):
    """A higher limit of a partner or a tenant that has none of its own yet, or of the platform."""

    kind = forms.ChoiceField(choices=LimitKind.choices, widget=Select(dict(FOLLOWING)))
    vip = forms.BooleanField(required=False, label="VIP players", widget=CheckboxInput(dict(FOLLOWING)))
    partner = forms.ModelChoiceField(
        Partner.objects.order_by("name"),
        required=False,
        widget=Select(dict(FOLLOWING)),
        help_text="Or a tenant, or neither.",
    )
    tenant = forms.ModelChoiceField(
        Tenant.objects.select_related("partner").order_by("partner__name", "kind"),
        required=False,
        widget=Select(dict(FOLLOWING)),
    )
    amount = forms.DecimalField(
        min_value=0, max_digits=22, decimal_places=2, widget=TextInput, label="Amount (USD)"
    )
    reason = forms.CharField(max_length=200, widget=TextInput, help_text="Who approves the raise reads it.")


def _whose(seen: Seen) -> Q:
    """The platform's own limits bind every partner, so everybody sees them."""
    own = Q(partner_id__in=seen.partners) | Q(tenant_id__in=seen.tenants)
    return own | Q(partner_id__isnull=True, tenant_id__isnull=True)


@admin.register(Limit)
class LimitAdmin(OfficeAdmin):
    """How much may be staked on a bet or in a day. The nearest limit counts: tenant, partner, platform.

    A lower limit holds at once; a higher one waits for a second person.
    """

    whose = _whose
    form = LimitForm
    recorded_by_service = True
    list_display = ("kind_shown", "vip_shown", "owner", "amount_shown", "updated")
    list_filter = ("kind", "vip")
    list_select_related = ("partner", "tenant__partner")
    search_fields = ("partner__name__icontains", "tenant__partner__name__icontains")
    search_ids = {"ptr": "partner_id", "tnt": "tenant_id"}
    ordering = ("kind", "vip", "partner_id", "tenant_id")
    fields = (("kind", "vip"), ("partner", "tenant"), "amount", "reason")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return self.fields
        return ("kind", "vip"), ("partner", "tenant"), ("amount_shown", "updated")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("kind", "vip", "partner", "tenant") if obj is not None else ()

    actions_list: Sequence[Any] = ("propose",)
    actions_detail: Sequence[Any] = ("propose_raise",)

    @command_page(
        title="Ask for a higher limit",
        asks="For a partner, a tenant or the platform. Nothing is set until a second person has approved it.",
        button="Ask for approval",
        permissions=(PROPOSE,),
        form=OwnRaiseForm,
        icon="trending_up",
        known=in_force,
    )
    def propose(self, request: HttpRequest, form: Any, object_id: str) -> str:
        asked = form.cleaned_data
        return self._asked(
            request,
            LimitKey(
                LimitKind(asked["kind"]),
                asked["vip"],
                asked["partner"] and asked["partner"].pk,
                asked["tenant"] and asked["tenant"].pk,
            ),
            asked,
        )

    @command(
        title="Ask for a higher limit",
        asks="Nothing is set until a second person has approved it.",
        button="Ask for approval",
        permissions=(PROPOSE,),
        form=RaiseForm,
        icon="trending_up",
    )
    def propose_raise(self, request: HttpRequest, form: Any, object_id: str) -> str:
        return self._asked(request, key_of(self.found(request, object_id)), form.cleaned_data)

    def _asked(self, request: HttpRequest, key: LimitKey, asked: dict[str, Any]) -> str:
        waiting = request_raise(
            key=key,
            amount=asked["amount"],
            reason=asked["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        return waiting_url(request, waiting)

    @admin.display(description="kind", ordering="kind")
    def kind_shown(self, limit: Limit) -> str:
        return limit.get_kind_display()

    @admin.display(description="VIP", ordering="vip")
    def vip_shown(self, limit: Limit) -> str:
        return yes_or_no(limit.vip)

    @admin.display(description="of")
    def owner(self, limit: Limit) -> str:
        return str(limit.tenant or limit.partner or "the platform")

    @admin.display(description="amount", ordering="amount")
    def amount_shown(self, limit: Limit) -> str:
        return money(limit.amount, USD)

    @admin.display(description="updated", ordering="updated_at")
    def updated(self, limit: Limit) -> str:
        return moment(limit.updated_at)

    def save_model(self, request: HttpRequest, obj: Limit, form: Any, change: bool) -> None:
        done = set_limit(
            key=key_of(obj),
            amount=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            set_by=acting_staff(request),
            set_at=now(),
        )
        request.asked = done.request  # type: ignore[attr-defined]
        if done.limit is not None:
            obj.pk = done.limit.pk

    def response_add(self, request: HttpRequest, obj: Limit, post_url_continue: Any = None) -> HttpResponse:
        return asked_instead(request) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Limit) -> HttpResponse:
        return asked_instead(request) or super().response_change(request, obj)
