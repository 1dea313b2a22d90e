"""History: the audit records, read-only."""

from django.contrib import admin

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import moment
from core.models import AuditRecord


@admin.register(AuditRecord)
class AuditRecordAdmin(ReadOnlyAdmin):
    """Who did what to which row, when and why."""

    is_large = True
    list_display = ("happened", "actor", "action", "object_type", "object_id", "reason")
    search_fields = ("object_id__exact", "actor__exact", "request_id__exact")
    ordering = ("-id",)
    fields = (
        ("happened", "actor"),
        ("action", "object_type", "object_id"),
        "reason",
        "before",
        "after",
        ("request_id", "address"),
    )

    @admin.display(description="at", ordering="id")
    def happened(self, record: AuditRecord) -> str:
        return moment(record.occurred_at)

    def lookup_allowed(self, lookup: str, value: str, request: object = None) -> bool:
        return lookup in {"object_type", "object_id", "actor", "action"}
