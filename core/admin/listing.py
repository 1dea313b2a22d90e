"""The list of every model in the office: 50 rows a page, related rows named and never guessed, counts capped,
searching by exact ids, and what is listed as a file.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse

from core.admin import exports
from core.admin.empty import Nothing, why_empty
from core.admin.lists import ExportedList, OfficeList
from core.admin.paging import ROWS_MAX, CappedPaginator, estimated_rows
from core.admin.periods import ALL, PeriodFilter
from core.admin.reveal import masked_names
from core.admin.scope import Whose, narrowed
from core.admin.searching import SearchedAdmin


class ListedAdmin(SearchedAdmin):
    """A model's list, of the rows that a person sees.

    `narrow_display` names the columns that are left on a narrow screen, where each takes a line of its own.
    `whose` says which rows belong to the partners that a person sees (`core.admin.scope`).
    `is_large` shows about how many rows there are and sorts by the list's own order alone; `has_period` lists
    the newest days alone, which takes ids that begin with their time.
    """

    list_per_page = 50
    list_max_show_all = 0
    list_disable_select_all = True
    show_full_result_count = False
    show_facets = None  # type: ignore[assignment]
    list_select_related: ClassVar[Any] = ()
    paginator = CappedPaginator
    ordering: ClassVar[Any] = ()
    list_before_template = "office/list_note.html"
    list_after_template = "office/list_foot.html"

    whose: ClassVar[Whose | None] = None
    is_large: bool = False
    has_period: bool = False
    narrow_display: Sequence[str] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        asked = self.searched_tenant(request)
        found = narrowed(super().get_queryset(request), type(self).whose, request.user, tenant_id=asked)
        return found.select_related(*self.list_select_related) if self.list_select_related else found

    def get_list_display(self, request: HttpRequest) -> Any:
        return masked_names(self.model, super().get_list_display(request))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OfficeList]:
        return OfficeList

    def why_empty(self, request: HttpRequest, found: OfficeList) -> Nothing:
        """Return what the list says when it is empty."""
        return why_empty(found)

    def get_list_filter(self, request: HttpRequest) -> Any:
        found = super().get_list_filter(request)
        return (PeriodFilter, *found) if self.has_period else found

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Return the columns to sort by: of a large table those alone that it is read in the order of."""
        if not self.is_large:
            return super().get_sortable_by(request)
        orders = {name.lstrip("-") for name in self.ordering}
        return [name for name in self.get_list_display(request) if self._order_of(name) in orders]

    def _order_of(self, name: Any) -> str:
        method = name if callable(name) else getattr(self, name, None)
        return str(name if method is None else getattr(method, "admin_order_field", "")).lstrip("-")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        told = {
            "list_note": self._list_note(request),
            "wide_columns": self._wide_columns(request),
            "export_url": reverse(f"{self.admin_site.name}:{self._export_name()}"),
            "export_rows_max": f"{exports.ROWS_MAX:,}",
        }
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def _wide_columns(self, request: HttpRequest) -> list[str]:
        """Return the columns that a narrow screen leaves out."""
        shown = self.narrow_display
        return [str(name) for name in self.get_list_display(request) if shown and name not in shown]

    def _list_note(self, request: HttpRequest) -> str:
        if not self.is_large:
            return ""
        count = estimated_rows(self.model)
        told = f"About {count:,} rows in all. " if count > ROWS_MAX else ""
        if not self.has_period:
            return told and f"{told}Shown are the first {ROWS_MAX:,}: search or filter."
        period = PeriodFilter(request, dict(request.GET.lists()), self.model, self)
        if period.value() == ALL:
            return told
        shown = dict(period.lookup_choices)[period.value()]
        return f"{shown}. {told}Other periods are among the filters; a search looks through all."

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name=self._export_name()), *super().get_urls()]

    def _export_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_export"

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Answer with the list as a CSV file; by POST, since it is recorded."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(("POST",))
        return exports.export(self, request, ExportedList)
