"""Tenants in the office: a partner's test and production worlds."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.enums import ActionVariant

from approvals.asking import asked_instead, waiting_url
from core.admin.base import OfficeAdmin
from core.admin.cells import Panel, joined, list_url, moment, row_link, status_label
from core.admin.commands import ReasonForm, command, told
from core.admin.scope import of_partner
from core.clock import now
from partners.admin.page import tab_instead, tab_url
from partners.admin.stopped import may_resume, may_suspend, stopped_in_words
from partners.admin.tenant_forms import ChangedTenantForm, CurrenciesForm, NewTenantForm, RampForm
from partners.models import ApiClient, Partner, Tenant, TenantKind
from partners.onboarding.stages import ENDED
from partners.services import (
    create_tenant,
    lower_ramp,
    request_ramp_step,
    resume_tenant,
    set_currencies,
    suspend_tenant,
)
from partners.services.suspending import hidden_stops
from partners.services.widening import set_tenant
from staff.security import acting_staff


@admin.register(Tenant)
class TenantAdmin(OfficeAdmin):
    """One of a partner's worlds: test or production."""

    whose = of_partner("partner_id")
    form = ChangedTenantForm
    id_prefix = "tnt"
    history_with = ("partners.tenantcurrency",)
    recorded_by_service = True
    list_display = (
        "partner",
        "kind_shown",
        "status_shown",
        "ramp_shown",
        "limit_shown",
        "networks",
        "shown_id",
    )
    list_filter = ("kind", "status")
    list_select_related = ("partner",)
    search_fields = ("partner__name__icontains",)
    search_ids = {"ptr": "partner_id"}
    ordering = ("partner__name", "kind")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("partner", "kind"),
                    "allowed_ips",
                    ("requests_per_minute", "odds_threshold"),
                    "reason",
                )
            },
        ),
        (
            "Record",
            {
                "fields": (
                    ("shown_id", "status_shown"),
                    "stopped_shown",
                    ("ramp_shown", "currencies_shown"),
                    "created",
                )
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    ("partner", "kind"),
                    "opening_currencies",
                    "allowed_ips",
                    ("requests_per_minute", "odds_threshold"),
                )
            },
        ),
    )
    actions_detail = ("change_ramp", "change_currencies", "suspend", "resume")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewTenantForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        record = (
            "shown_id",
            "status_shown",
            "stopped_shown",
            "ramp_shown",
            "currencies_shown",
            "created",
        )
        return record if obj is None else ("partner", "kind", *record)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who changes nothing is not asked why."""
        found = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return found
        return [
            (title, {**told, "fields": tuple(name for name in told["fields"] if name != "reason")})
            for title, told in found
        ]

    @admin.display(description="kind", ordering="kind")
    def kind_shown(self, tenant: Tenant) -> str:
        return status_label(tenant, "kind")

    @admin.display(description="status", ordering="status")
    def status_shown(self, tenant: Tenant) -> str:
        return status_label(tenant, "status")

    @admin.display(description="stopped")
    def stopped_shown(self, tenant: Tenant) -> str:
        return stopped_in_words(tenant) or "-"

    @admin.display(description="ramp", ordering="ramp_percent")
    def ramp_shown(self, tenant: Tenant) -> str:
        return f"{tenant.ramp_percent} %"

    @admin.display(description="requests a minute")
    def limit_shown(self, tenant: Tenant) -> str:
        own = tenant.requests_per_minute
        return f"tier ({tenant.partner.tier})" if own is None else f"{own:,}"

    @admin.display(description="allowed IPs")
    def networks(self, tenant: Tenant) -> str:
        if not tenant.allowed_ips:
            return "every address" if tenant.kind == "test" else "none"
        return joined(tenant.allowed_ips)

    @admin.display(description="currencies")
    def currencies_shown(self, tenant: Tenant) -> str:
        return joined(tenant.currencies.order_by("code"))

    @admin.display(description="created")
    def created(self, tenant: Tenant) -> str:
        return moment(tenant.created_at)

    def save_model(self, request: HttpRequest, obj: Tenant, form: Any, change: bool) -> None:
        if change:
            self._save_changes(request, obj, form)
            return
        partner: Partner = form.cleaned_data["partner"]
        obj.pk = create_tenant(
            partner_id=partner.pk,
            kind=form.cleaned_data["kind"],
            currencies=[currency.code for currency in form.cleaned_data["opening_currencies"]],
            allowed_ips=form.cleaned_data["allowed_ips"],
            requests_per_minute=form.cleaned_data["requests_per_minute"],
            odds_threshold=form.cleaned_data["odds_threshold"],
            created_at=now(),
        ).pk

    def _save_changes(self, request: HttpRequest, tenant: Tenant, form: Any) -> None:
        request.asked = set_tenant(  # type: ignore[attr-defined]
            tenant_id=tenant.pk,
            changes={name: form.cleaned_data[name] for name in form.changed_data if name != "reason"},
            reason=form.cleaned_data["reason"],
            set_by=acting_staff(request),
            set_at=now(),
        )

    def response_change(self, request: HttpRequest, obj: Tenant) -> HttpResponse:
        return asked_instead(request) or super().response_change(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A tenant of a partner that has ended stays as it is."""
        if obj is not None and obj.partner.stage in ENDED:
            return False
        return super().has_change_permission(request, obj)

    def response_add(self, request: HttpRequest, obj: Tenant, post_url_continue: Any = None) -> HttpResponse:
        """Open the partner's credentials, where the tenant's clients are added."""
        answer = super().response_add(request, obj, post_url_continue)
        return tab_instead(request, answer, obj.partner_id, "credentials")

    def hidden_commands(self, row: Tenant) -> frozenset[str]:
        if row.partner.stage in ENDED:
            return frozenset(self.actions_detail)
        hidden = hidden_stops(row, at=now())
        return hidden if row.kind == TenantKind.PRODUCTION else hidden | {"change_ramp"}

    def panels(self, request: HttpRequest, row: Tenant) -> list[Panel]:
        return [
            Panel(
                "API clients",
                ("Client", "Name", "Active", "Last used"),
                [
                    (
                        row_link(ApiClient, client.pk, client.client_id),
                        client.name,
                        "yes" if client.is_active else "no",
                        moment(client.last_used_at),
                    )
                    for client in ApiClient.objects.filter(tenant=row).order_by("name")
                ],
                empty="No API client yet.",
                add_url=f"{list_url(ApiClient)}add/?tenant={row.pk}" if _may_add(request, row) else "",
                add_text="Add API client",
            )
        ]

    @command(
        title="Change the ramp",
        asks="More traffic needs the approval of a second person; less is routed at once.",
        button="Change",
        permissions=("partners.change_tenant",),
        form=RampForm,
        icon="trending_up",
    )
    def change_ramp(self, request: HttpRequest, form: Any, object_id: str) -> str | None:
        tenant = self.found(request, object_id)
        percent, reason = form.cleaned_data["percent"], form.cleaned_data["reason"]
        if percent < tenant.ramp_percent:
            lower_ramp(tenant_id=tenant.pk, percent=percent, lowered_at=now(), reason=reason)
            told(request, f"{percent} % of the traffic is routed.")
            page = tab_url(tenant.partner_id, "integration")
            return page if urlsplit(request.headers.get("HX-Current-URL", "")).path == page else None
        asked = request_ramp_step(
            tenant_id=tenant.pk,
            percent=percent,
            reason=reason,
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        return waiting_url(request, asked)

    @command(
        title="Currencies",
        asks="Players may have a wallet in these currencies. A currency that players use stays.",
        button="Save currencies",
        permissions=("partners.change_tenant",),
        form=CurrenciesForm,
        icon="payments",
    )
    def change_currencies(self, request: HttpRequest, form: Any, object_id: str) -> None:
        codes = [currency.code for currency in form.cleaned_data["currencies"]]
        set_currencies(tenant_id=self.found(request, object_id).pk, currencies=codes, changed_at=now())
        told(request, "The currencies are saved.")

    @command(
        title="Suspend",
        asks="All systems of this tenant are refused at once.",
        button="Suspend tenant",
        check=may_suspend,
        permissions=("partners.stop_partner",),
        form=ReasonForm,
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def suspend(self, request: HttpRequest, form: Any, object_id: str) -> None:
        tenant = self.found(request, object_id)
        suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason=form.cleaned_data["reason"])
        told(request, f"{tenant} is suspended.")

    @command(
        title="Resume",
        asks="The tenant's systems are let in again, unless somebody else has suspended it too.",
        button="Resume tenant",
        check=may_resume,
        permissions=("partners.stop_partner",),
        form=ReasonForm,
        icon="play_arrow",
    )
    def resume(self, request: HttpRequest, form: Any, object_id: str) -> None:
        tenant = self.found(request, object_id)
        found = resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason=form.cleaned_data["reason"])
        left = stopped_in_words(found)
        told(request, f"{tenant} is still suspended. {left}" if left else f"{tenant} is active again.")


def _may_add(request: HttpRequest, tenant: Tenant) -> bool:
    return request.user.has_perm("partners.add_apiclient") and tenant.partner.stage not in ENDED
