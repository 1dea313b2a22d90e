"""API requests in the office, read-only, newest first."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import NBSP, label, moment, row_link
from core.admin.scope import of_tenant
from core.errors import RULE_STATUS
from core.ids import typeid
from integration.models import ApiRequest
from partners.models import ApiClient, Tenant
from partners.rules import NOT_ROUTED

OUTCOMES = {"success": (200, 399), "refused": (400, 499), "failed": (500, 599)}


class OutcomeFilter(admin.SimpleListFilter):
    """Requests that succeeded, that a rule refused (of these apart those beyond the ramp), that were refused
    for another reason, or that failed on our side.
    """

    title = "outcome"
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("success", "Success"),
            ("rule", "Refused by a rule (422)"),
            ("unrouted", "Beyond the ramp"),
            ("refused", "Refused otherwise (4xx)"),
            ("failed", "Failed (5xx)"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiRequest]) -> QuerySet[ApiRequest]:
        if self.value() == "unrouted":
            return queryset.filter(code=NOT_ROUTED)
        if self.value() == "rule":
            return queryset.filter(status=RULE_STATUS)
        bounds = OUTCOMES.get(self.value() or "")
        return queryset.filter(status__range=bounds).exclude(status=RULE_STATUS) if bounds else queryset


class MethodFilter(admin.SimpleListFilter):
    """By the request's method."""

    title = "method"
    parameter_name = "method"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(method, method) for method in ("GET", "POST", "PATCH", "PUT", "DELETE")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiRequest]) -> QuerySet[ApiRequest]:
        return queryset.filter(method=self.value()) if self.value() else queryset


@admin.register(ApiRequest)
class ApiRequestAdmin(ReadOnlyAdmin):
    """One request of a partner's system, and how it was answered. Kept for 30 days."""

    whose = of_tenant("tenant_id")
    has_period = True
    is_large = True
    list_display = ("received", "method", "path", "status_shown", "code", "milliseconds", "request_id")
    narrow_display = ("received", "path", "status_shown")
    list_display_links = ("received",)
    list_filter = (OutcomeFilter, MethodFilter)
    search_fields = ("request_id__exact",)
    search_ids = {"tnt": "tenant_id"}
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("received", "request_id"), ("method", "path"), ("status_shown", "code"))}),
        ("Who", {"fields": (("tenant_shown", "client_shown"),)}),
        ("Measured", {"fields": (("milliseconds", "route"), ("bytes_in", "bytes_out"))}),
    )

    @admin.display(description="at", ordering="id")
    def received(self, row: ApiRequest) -> str:
        return moment(row.received_at)

    @admin.display(description="status")
    def status_shown(self, row: ApiRequest) -> str:
        kind = "active" if row.status < 400 else "pending" if row.status < 500 else "rejected"
        return label(kind, str(row.status))

    @admin.display(description="took")
    def milliseconds(self, row: ApiRequest) -> str:
        return f"{row.microseconds / 1000:,.1f}{NBSP}ms"

    @admin.display(description="tenant")
    def tenant_shown(self, row: ApiRequest) -> str:
        if row.tenant_id is None:
            return "-"
        tenant = Tenant.objects.select_related("partner").filter(pk=row.tenant_id).first()
        return "-" if tenant is None else row_link(Tenant, tenant.pk, f"{tenant} {typeid('tnt', tenant.pk)}")

    @admin.display(description="API client")
    def client_shown(self, row: ApiRequest) -> str:
        client = ApiClient.objects.filter(client_id=row.client_id).first() if row.client_id else None
        return row.client_id or "-" if client is None else row_link(ApiClient, client.pk, client)
