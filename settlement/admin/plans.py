"""Commission plans in the office. A plan is never edited: another version follows it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from approvals.asking import waiting_url
from core.admin.base import ReadOnlyAdmin
from core.admin.cells import moment
from core.admin.forms import OfficeForm
from core.admin.pages import command_page
from core.admin.scope import of_tenant
from core.clock import now
from core.models import Currency
from core.money import exact_text
from partners.models import Tenant
from settlement.models import Payer, Plan
from settlement.services.plans import PlanTerms, request_plan
from staff.security import acting_staff

if TYPE_CHECKING:
    from django.forms import DateInput, NumberInput, Select, TextInput
else:
    from unfold.widgets import UnfoldAdminDecimalFieldWidget as NumberInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextInputWidget as DateInput
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput


class PlanForm(OfficeForm):
    tenant = forms.ModelChoiceField(Tenant.objects.select_related("partner"), widget=Select)
    rate = forms.DecimalField(
        min_value=0,
        max_value=1,
        max_digits=9,
        decimal_places=8,
        widget=NumberInput({"step": "0.00000001"}),
        help_text="The share of revenue as a fraction: 0.15 is 15 %.",
    )
    currency = forms.ModelChoiceField(
        Currency.objects.order_by("code"), widget=Select, help_text="Of the statements."
    )
    payer = forms.ChoiceField(choices=Payer.choices, widget=Select, help_text="Who pays the commission.")
    reason = forms.CharField(max_length=200, widget=TextInput, help_text="Who approves the plan reads it.")
    valid_from = forms.DateField(
        widget=DateInput({"type": "date"}),
        help_text="The first day, in the partner's time zone; at most two years ahead.",
    )


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    """A version of a tenant's commission plan."""

    whose = of_tenant("tenant_id")
    list_display = (
        "tenant",
        "version",
        "kind",
        "rate_shown",
        "currency_shown",
        "payer",
        "valid_from",
        "valid_to",
    )
    list_filter = ("kind", "payer")
    list_select_related = ("tenant__partner",)
    search_fields = ("tenant__partner__name__icontains",)
    search_ids = {"tnt": "tenant_id", "ptr": "tenant__partner_id"}
    ordering = ("tenant__partner__name", "tenant_id", "-version")
    fields = (
        ("tenant", "version"),
        ("kind", "rate_shown"),
        ("currency_shown", "payer"),
        ("valid_from", "valid_to"),
        "agreed",
    )
    actions_list: Sequence[Any] = ("agree",)

    @admin.display(description="currency")
    def currency_shown(self, plan: Plan) -> str:
        return plan.currency_id

    @admin.display(description="rate")
    def rate_shown(self, plan: Plan) -> str:
        return exact_text(plan.rate, 2)

    @admin.display(description="agreed")
    def agreed(self, plan: Plan) -> str:
        return moment(plan.created_at)

    @command_page(
        title="Agree a plan",
        asks="A second person approves it. The version before it ends when this one begins; one that has not "
        "begun by then is replaced.",
        button="Ask for approval",
        permissions=("settlement.add_plan",),
        form=PlanForm,
        icon="add",
    )
    def agree(self, request: HttpRequest, form: Any, object_id: str) -> str:
        asked = form.cleaned_data
        terms = PlanTerms(asked["rate"], asked["currency"].code, Payer(asked["payer"]), asked["valid_from"])
        waiting = request_plan(
            tenant_id=asked["tenant"].pk,
            terms=terms,
            reason=asked["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        return waiting_url(request, waiting)
