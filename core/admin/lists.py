"""Change lists: a page of rows, or all rows as they are filtered, searched and sorted."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from core.admin.paging import ROWS_MAX

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList


class OfficeList(ChangeList):
    """A list whose heading speaks of results only where something was searched or filtered."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count

    @property
    def count_text(self) -> str:
        """How many rows were found, as far as they are counted."""
        return f"{self.result_count:,}" if self.result_count < ROWS_MAX else f"more than {ROWS_MAX:,}"


class ExportedList(OfficeList):
    """A list as it is filtered, searched and sorted, without a page of it."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_count = self.full_result_count = 0
        self.result_list: Any = ()
