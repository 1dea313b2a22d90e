"""Exchange rates in the office: entered, dated, corrected by entering again, never taken out."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from approvals.asking import asked_instead
from core.admin.base import OfficeAdmin
from core.admin.cells import moment
from core.admin.forms import OfficeModelForm
from core.admin.scope import everybodys
from core.clock import now
from core.days import DayInvalid
from core.money import exact_text
from partners.admin.fields import TextInput
from partners.models import ExchangeRate
from partners.services.four_eyes import request_exchange_rate
from partners.services.rates import check_valid_date
from staff.security import acting_staff


class ExchangeRateForm(OfficeModelForm):
    reason = forms.CharField(max_length=200, widget=TextInput, help_text="Who approves the rate reads it.")

    def clean_valid_date(self) -> date:
        try:
            return check_valid_date(self.cleaned_data["valid_date"], today=now().date())
        except DayInvalid as refusal:
            raise forms.ValidationError(refusal.message) from None

    class Meta:
        model = ExchangeRate
        fields = ("base", "quote", "valid_date", "rate", "source")


@admin.register(ExchangeRate)
class ExchangeRateAdmin(OfficeAdmin):
    """What one unit of a currency costs in another from a day on. A second person approves each rate."""

    whose = everybodys
    form = ExchangeRateForm
    recorded_by_service = True
    list_display = ("pair", "rate_shown", "valid_date", "source", "created_by", "created")
    list_filter = ("base", "quote")
    list_select_related = ("base", "quote")
    search_fields = ("base__code__exact", "quote__code__exact")
    ordering = ("-valid_date", "base_id", "quote_id")
    fields = (("base", "quote"), ("valid_date", "rate"), "source", "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("base", "quote", "valid_date") if obj is not None else ()

    @admin.display(description="pair", ordering="base_id")
    def pair(self, rate: ExchangeRate) -> str:
        return f"1 {rate.base_id} in {rate.quote_id}"

    @admin.display(description="rate")
    def rate_shown(self, rate: ExchangeRate) -> str:
        return exact_text(rate.rate, 2)

    @admin.display(description="entered", ordering="created_at")
    def created(self, rate: ExchangeRate) -> str:
        return moment(rate.created_at)

    def save_model(self, request: HttpRequest, obj: ExchangeRate, form: Any, change: bool) -> None:
        request.asked = request_exchange_rate(  # type: ignore[attr-defined]
            base=obj.base_id,
            quote=obj.quote_id,
            valid_date=obj.valid_date,
            rate=obj.rate,
            source=obj.source,
            reason=form.cleaned_data["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )

    def response_add(
        self, request: HttpRequest, obj: ExchangeRate, post_url_continue: Any = None
    ) -> HttpResponse:
        return asked_instead(request) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: ExchangeRate) -> HttpResponse:
        return asked_instead(request) or super().response_change(request, obj)
