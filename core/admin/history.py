"""History: the audit records, read-only."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import moment
from core.admin.scope import everybodys, seen_by
from core.models import AuditRecord
from core.pii import masked_values


@admin.register(AuditRecord)
class AuditRecordAdmin(ReadOnlyAdmin):
    """Who did what to which row, when and why."""

    whose = everybodys
    is_large = True
    has_period = True
    list_display = ("happened", "actor", "action", "object_type", "object_id", "reason")
    search_fields = ("object_id__exact", "actor__exact", "request_id__exact")
    ordering = ("-id",)
    fields = (
        ("happened", "actor"),
        "action",
        ("object_type", "object_id"),
        "reason",
        "before_shown",
        "after_shown",
        ("request_id", "address"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditRecord]:
        found = super().get_queryset(request)
        return found if seen_by(request.user) is None else self._of_one_row(request, found)

    def _of_one_row(self, request: HttpRequest, records: QuerySet[AuditRecord]) -> QuerySet[AuditRecord]:
        """Return the records of the row that is asked about, where the person sees the row itself: a record
        names its row in words, so that no query could tell whose it is.
        """
        kind, key = (request.GET.get(name, "") for name in ("object_type", "object_id"))
        pages = {model._meta.label_lower: page for model, page in self.admin_site._registry.items()}
        page = pages.get(kind)
        if page is None or not page.has_view_permission(request) or page.get_object(request, key) is None:
            return records.none()
        return records.filter(object_type=kind, object_id=key)

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
        return lookup in {"object_type", "object_id", "actor", "action", "period"}


def _folded_out(values: dict[str, Any] | None) -> str:
    if values is None:
        return "-"
    return format_html("<pre>{}</pre>", json.dumps(values, ensure_ascii=False, indent=1))
