"""History: the audit records, read-only."""

import json
from typing import Any

from django.contrib import admin
from django.utils.html import format_html

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import moment
from core.models import AuditRecord
from core.pii import masked_values


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
        "before_shown",
        "after_shown",
        ("request_id", "address"),
    )

    @admin.display(description="at", ordering="id")
    def happened(self, record: AuditRecord) -> str:
        return moment(record.occurred_at)

    @admin.display(description="before")
    def before_shown(self, record: AuditRecord) -> str:
        return _folded_out(masked_values(record.object_type, record.before))

    @admin.display(description="after")
    def after_shown(self, record: AuditRecord) -> str:
        return _folded_out(masked_values(record.object_type, record.after))

    def lookup_allowed(self, lookup: str, value: str, request: object = None) -> bool:
        return lookup in {"object_type", "object_id", "actor", "action"}


def _folded_out(values: dict[str, Any] | None) -> str:
    if values is None:
        return "-"
    return format_html("<pre>{}</pre>", json.dumps(values, ensure_ascii=False, indent=1))
