"""Change lists: a page of rows, or all rows as they are filtered, searched and sorted."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from core.admin.paging import ROWS_MAX

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList


class OfficeList(ChangeList):
    """A list that counts no further than it shows, and sorts by nothing but its sortable columns."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the first page once, and count only where it is full: what is rare is looked for once.

        The heading speaks of results only where something was searched or filtered.
        """
        first = list(self.queryset[: self.list_per_page + 1]) if self.page_num == 1 else []
        if self.page_num == 1 and len(first) <= self.list_per_page:
            self._take_only_page(request, first)
        else:
            super().get_results(request)
            if first:
                self.result_list = first[: self.list_per_page]
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count
        page: Any = self.model_admin
        self.nothing = None if self.result_count else page.why_empty(request, self)

    def _take_only_page(self, request: HttpRequest, rows: list[Any]) -> None:
        self.paginator = self.model_admin.get_paginator(request, self.queryset, self.list_per_page)
        self.result_count, self.full_result_count = len(rows), None
        self.show_full_result_count, self.show_admin_actions = False, True
        self.result_list: Any = rows
        self.can_show_all, self.multi_page = True, False

    def get_ordering_field(self, field_name: Any) -> Any:
        sortable = self.sortable_by
        if sortable is not None and field_name not in sortable:
            return None
        return super().get_ordering_field(field_name)

    @property
    def count_text(self) -> str:
        """How many rows were found, as far as they are counted."""
        return f"{self.result_count:,}" if self.result_count < ROWS_MAX else f"more than {ROWS_MAX:,}"


class ExportedList(OfficeList):
    """A list as it is filtered, searched and sorted, without a page of it."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_count = self.full_result_count = 0
        self.result_list = ()
