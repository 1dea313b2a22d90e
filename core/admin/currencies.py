"""Currencies in the office. The scale is fixed once the currency exists: amounts are stored at it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import OfficeAdmin
from core.admin.scope import everybodys
from core.models import Currency


@admin.register(Currency)
class CurrencyAdmin(OfficeAdmin):
    whose = everybodys
    list_display = ("code", "name", "scale")
    search_fields = ("code__iexact", "name__icontains")
    ordering = ("code",)
    fields = ("code", "name", "scale")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("code", "scale") if obj is not None else ()
