"""Limits in the office: the platform's, and a partner's or tenant's own in their place."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import OfficeAdmin
from core.admin.cells import moment, yes_or_no
from core.clock import now
from core.money import exact_text
from risk.models import Limit


class LimitForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Limit
        fields = ("kind", "vip", "partner", "tenant", "amount")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("partner") and cleaned.get("tenant"):
            raise forms.ValidationError("A limit is of a partner or of a tenant, not of both.")
        return cleaned


@admin.register(Limit)
class LimitAdmin(OfficeAdmin):
    """How much may be staked on a bet or in a day. The nearest limit counts: tenant, partner, platform."""

    form = LimitForm
    list_display = ("kind_shown", "vip_shown", "whose", "amount_shown", "updated")
    list_filter = ("kind", "vip")
    list_select_related = ("partner", "tenant__partner")
    search_fields = ("partner__name__icontains", "tenant__partner__name__icontains")
    search_ids = {"ptr": "partner_id", "tnt": "tenant_id"}
    ordering = ("kind", "vip", "partner_id", "tenant_id")
    fields = (("kind", "vip"), ("partner", "tenant"), "amount")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("kind", "vip", "partner", "tenant") if obj is not None else ()

    @admin.display(description="kind", ordering="kind")
    def kind_shown(self, limit: Limit) -> str:
        return limit.get_kind_display()

    @admin.display(description="VIP", ordering="vip")
    def vip_shown(self, limit: Limit) -> str:
        return yes_or_no(limit.vip)

    @admin.display(description="of")
    def whose(self, limit: Limit) -> str:
        return str(limit.tenant or limit.partner or "the platform")

    @admin.display(description="amount", ordering="amount")
    def amount_shown(self, limit: Limit) -> str:
        return f"{exact_text(limit.amount, 2)} USD"

    @admin.display(description="updated", ordering="updated_at")
    def updated(self, limit: Limit) -> str:
        return moment(limit.updated_at)

    def save_model(self, request: HttpRequest, obj: Limit, form: Any, change: bool) -> None:
        obj.updated_at = now()
        super().save_model(request, obj, form, change)
