"""System > History: every change of every record that a person can change, read-only, newest first."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.views import ChangeList

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, label, link, moment, row_link, shown_id
from core.admin.changes import ToldChange, labels_seen, subject_of, tell
from core.admin.lists import OfficeList
from core.admin.periods import ALL, PeriodFilter
from core.admin.scope import of_partner
from core.admin.timeline import request_page
from core.clock import now
from core.ids import PREFIXES, NotAnId, parse_typeid
from core.models import ChangeKind, RowChange
from core.text import quoted
from partners.models import Partner

if TYPE_CHECKING:
    from django.contrib.admin import SimpleListFilter as TextFilter
else:
    from unfold.contrib.filters.admin import TextFilter

FIELDS_SHOWN: Final = 3
_COLOURS: Final = {
    ChangeKind.ADDED: "active",
    ChangeKind.CHANGED: "draft",
    ChangeKind.REMOVED: "revoked",
}


class TimeFilter(PeriodFilter):
    """Changes of the last days; all of them where something is asked for that an index finds."""

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.is_search = any(request.GET.get(name) for name in ("q", "request_id", "actor", "partner"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[RowChange]) -> QuerySet[RowChange]:
        days = self.value()
        return queryset if days == ALL else queryset.filter(changed_at__gte=now() - timedelta(days=int(days)))


class KindFilter(admin.SimpleListFilter):
    """Added, changed or removed."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return ChangeKind.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet[RowChange]) -> QuerySet[RowChange]:
        return queryset.filter(kind=self.value()) if self.value() in ChangeKind.values else queryset


class RecordFilter(admin.SimpleListFilter):
    """The kind of record that was changed."""

    title = "record"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        seen = ((name, subject_of(name)) for name in labels_seen(request.user))
        return sorted(seen, key=lambda choice: choice[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[RowChange]) -> QuerySet[RowChange]:
        return queryset.filter(model=self.value()) if self.value() else queryset


class _ExactFilter(TextFilter):
    """A text that a column must be."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[RowChange]) -> QuerySet[RowChange]:
        text = (self.value() or "").strip().replace("\0", "")
        return queryset.filter(**{str(self.parameter_name): text}) if text else queryset


class ActorFilter(_ExactFilter):
    title = "person"
    parameter_name = "actor"


class RequestFilter(_ExactFilter):
    title = "request id"
    parameter_name = "request_id"


class PartnerFilter(TextFilter):
    """By a partner's id or a part of its name."""

    title = "partner"
    parameter_name = "partner"

    def queryset(self, request: HttpRequest, queryset: QuerySet[RowChange]) -> QuerySet[RowChange]:
        text = (self.value() or "").strip().replace("\0", "")
        if not text:
            return queryset
        try:
            return queryset.filter(partner_id=parse_typeid("ptr", text))
        except NotAnId:
            named = Partner.objects.filter(name__icontains=text).values_list("pk", flat=True)[:100]
            return queryset.filter(partner_id__in=list(named))


class ChangeListInWords(OfficeList):
    """A list whose rows are told in words, all of a page at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        put_into_words(self.result_list, request.user)


def put_into_words(rows: Sequence[Any], user: Any) -> None:
    """Give each row what its columns show: `told`, `partner` and `request_url`."""
    partners = Partner.objects.in_bulk({row.partner_id for row in rows if row.partner_id})
    for row, told in zip(rows, tell(rows), strict=True):
        row.told, row.partner = told, partners.get(row.partner_id)
        row.request_url = request_page(row.request_id, user, is_partners=row.login == "b2b_api")


def told_of(row: Any) -> ToldChange:
    """Return a row in words; alone, as for a file, where it was not put into words with others."""
    if not hasattr(row, "told"):
        (row.told,) = tell([row])
    return row.told  # type: ignore[no-any-return]


@admin.register(RowChange)
class RowChangeAdmin(ReadOnlyAdmin):
    """What became of a row: kept for ten years, and never changed."""

    whose = of_partner("partner_id")
    is_large = True
    list_display = (
        "happened",
        "actor",
        "kind_shown",
        "record_shown",
        "fields_shown",
        "partner_shown",
        "request_shown",
    )
    list_display_links = ("happened",)
    list_filter = (TimeFilter, KindFilter, RecordFilter, PartnerFilter, ActorFilter, RequestFilter)
    list_filter_submit = True
    ordering = ("-id",)
    search_fields = ("row_id__exact", "actor__exact", "request_id__exact")
    search_words = "record id, person, request id"
    fields = (
        ("happened", "actor"),
        ("kind_shown", "record_shown"),
        ("partner_shown", "request_shown"),
        "login",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[RowChange]:
        return super().get_queryset(request).filter(model__in=labels_seen(request.user))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[RowChange], search_term: str
    ) -> tuple[QuerySet[RowChange], bool]:
        for prefix in PREFIXES:
            try:
                found = parse_typeid(prefix, search_term.strip())
            except NotAnId:
                continue
            own = Q(row_id=str(found))
            return queryset.filter(own | Q(partner_id=found) if prefix == "ptr" else own), False
        return super().get_search_results(request, queryset, search_term)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ChangeListInWords

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            put_into_words([row], request.user)
        return row

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        return [
            Panel(
                "Fields",
                ("Field", "Before", "After"),
                [(field.name, field.before, field.after) for field in told_of(row).fields],
                empty="No field but its keys.",
            )
        ]

    @admin.display(description="at", ordering="id")
    def happened(self, row: RowChange) -> str:
        return moment(row.changed_at)

    @admin.display(description="what")
    def kind_shown(self, row: RowChange) -> str:
        return label(_COLOURS[ChangeKind(row.kind)], row.get_kind_display())

    @admin.display(description="record")
    def record_shown(self, row: Any) -> str:
        told = told_of(row)
        return link(told.url, told.subject) if told.url else told.subject

    @admin.display(description="fields")
    def fields_shown(self, row: Any) -> str:
        told = told_of(row)
        lines = [
            (field.name, field.after if row.kind == ChangeKind.ADDED else f"{field.before} → {field.after}")
            for field in told.fields[:FIELDS_SHOWN]
        ]
        more = len(told.fields) - len(lines)
        if not lines:
            return "-"
        shown = format_html_join("", "<li>{}: {}</li>", ((name, quoted(text)) for name, text in lines))
        rest = format_html("<li>and {} more</li>", more) if more > 0 else ""
        return format_html('<ul class="office-fields">{}{}</ul>', shown, rest)

    @admin.display(description="partner")
    def partner_shown(self, row: Any) -> str:
        named = getattr(row, "partner", None) or shown_id("ptr", row.partner_id)
        return row_link(Partner, row.partner_id, named)

    @admin.display(description="request")
    def request_shown(self, row: Any) -> str:
        if not row.request_id:
            return "-"
        url = getattr(row, "request_url", "")
        return link(url, quoted(row.request_id)) if url else quoted(row.request_id)
