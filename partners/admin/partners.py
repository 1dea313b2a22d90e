"""Partners in the office: their particulars, their tenants, and the switch that stops them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.enums import ActionVariant

from core.admin.base import OfficeAdmin
from core.admin.cells import Panel, joined, list_url, moment, row_link, shown_id, status_label
from core.admin.commands import ReasonForm, command, told
from core.clock import now
from partners.admin.fields import Textarea, TickField
from partners.models import Partner, Product, Status, Tenant
from partners.services import change_partner, create_partner, resume_partner, suspend_partner


class PartnerForm(forms.ModelForm):  # type: ignore[type-arg]
    legal_address = forms.CharField(required=False, widget=Textarea({"rows": 3}))
    enabled_products = TickField(Product.choices, required=False, initial=Product.values)

    class Meta:
        model = Partner
        fields = (
            "name",
            "legal_name",
            "legal_address",
            "vat_number",
            "country",
            "time_zone",
            "tier",
            "risk_profile",
            "enabled_products",
        )


@admin.register(Partner)
class PartnerAdmin(OfficeAdmin):
    """A company that we have a contract with."""

    form = PartnerForm
    id_prefix = "ptr"
    recorded_by_service = True
    list_display = ("name", "status_shown", "tier", "risk_profile", "country", "time_zone", "shown_id")
    list_filter = ("status", "tier", "risk_profile")
    search_fields = ("name__icontains", "legal_name__icontains", "vat_number__iexact")
    search_ids = {"tnt": "tenants__pk"}
    ordering = ("name",)
    readonly_fields = ("shown_id", "status_shown", "created")
    fieldsets = (
        (None, {"fields": (("name", "country"), ("tier", "risk_profile"), "time_zone", "enabled_products")}),
        ("Company", {"fields": (("legal_name", "vat_number"), "legal_address")}),
        ("Record", {"fields": (("shown_id", "status_shown"), "created")}),
    )
    add_fieldsets = fieldsets[:2]
    actions_detail = ("suspend", "resume")

    @admin.display(description="status", ordering="status")
    def status_shown(self, partner: Partner) -> str:
        return status_label(partner, "status")

    @admin.display(description="created")
    def created(self, partner: Partner) -> str:
        return moment(partner.created_at)

    def save_model(self, request: HttpRequest, obj: Partner, form: Any, change: bool) -> None:
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data}
            change_partner(partner_id=obj.pk, changes=changes, changed_at=now())
        else:
            obj.pk = create_partner(**form.cleaned_data, created_at=now()).pk

    def _may_add(self, request: HttpRequest) -> bool:
        return request.user.has_perm("partners.add_tenant")

    def hidden_commands(self, row: Partner) -> frozenset[str]:
        return frozenset({"resume"} if row.status == Status.ACTIVE else {"suspend"})

    def panels(self, request: HttpRequest, row: Partner) -> list[Panel]:
        tenants = Tenant.objects.filter(partner=row).prefetch_related("currencies", "clients")
        return [
            Panel(
                "Tenants",
                ("Tenant", "Kind", "Status", "Currencies", "API clients"),
                [
                    (
                        row_link(Tenant, tenant.pk, shown_id("tnt", tenant.pk)),
                        status_label(tenant, "kind"),
                        status_label(tenant, "status"),
                        joined(currency.code for currency in tenant.currencies.all()),
                        len(tenant.clients.all()),
                    )
                    for tenant in tenants
                ],
                empty="No tenant yet: add a test tenant first.",
                numeric=frozenset({"API clients"}),
                add_url=f"{list_url(Tenant)}add/?partner={row.pk}" if self._may_add(request) else "",
                add_text="Add tenant",
            )
        ]

    @command(
        title="Suspend",
        asks="All systems of this partner are refused at once, in test and in production.",
        button="Suspend partner",
        permissions=("partners.change_partner",),
        form=ReasonForm,
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def suspend(self, request: HttpRequest, form: Any, object_id: str) -> None:
        partner = self.found(request, object_id)
        suspend_partner(partner_id=partner.pk, suspended_at=now(), reason=form.cleaned_data["reason"])
        told(request, f"{partner.name} is suspended.")

    @command(
        title="Resume",
        asks="The partner's systems are let in again.",
        button="Resume partner",
        permissions=("partners.change_partner",),
        form=ReasonForm,
        icon="play_arrow",
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> None:
        partner = self.found(request, object_id)
        resume_partner(partner_id=partner.pk, resumed_at=now(), reason=form.cleaned_data["reason"])
        told(request, f"{partner.name} is active again.")
