"""What partners are asked for, in the office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import OfficeAdmin
from core.admin.cells import joined, label, yes_or_no
from core.admin.scope import everybodys
from partners.compliance.models import ComplianceRequirement


@admin.register(ComplianceRequirement)
class ComplianceRequirementAdmin(OfficeAdmin):
    """A document that partners of a jurisdiction are asked for; what nobody asks for any more is switched
    off.
    """

    whose = everybodys
    list_display = ("title", "area", "jurisdiction", "document_type", "must", "ends", "reminded", "in_use")
    list_filter = ("area", "is_active", "mandatory")
    search_fields = ("title__icontains", "document_type__exact", "jurisdiction__iexact")
    ordering = ("area", "document_type", "jurisdiction")
    fieldsets = (
        (None, {"fields": ("title", ("area", "jurisdiction"), "document_type")}),
        ("Rule", {"fields": (("mandatory", "is_active"), ("expires", "reminder_days"))}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("area", "jurisdiction", "document_type")

    @admin.display(description="mandatory", ordering="mandatory")
    def must(self, requirement: ComplianceRequirement) -> str:
        return yes_or_no(requirement.mandatory)

    @admin.display(description="has a last day", ordering="expires")
    def ends(self, requirement: ComplianceRequirement) -> str:
        return yes_or_no(requirement.expires)

    @admin.display(description="reminders, days before")
    def reminded(self, requirement: ComplianceRequirement) -> str:
        return joined(requirement.reminder_days) if requirement.expires else "-"

    @admin.display(description="status", ordering="is_active")
    def in_use(self, requirement: ComplianceRequirement) -> str:
        return label("active", "Asked for") if requirement.is_active else label("closed", "Not any more")
