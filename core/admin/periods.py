"""The period that a list of a large table shows: seven days unless somebody chooses another or searches."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core.clock import now

DAYS: Final = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days"}
DEFAULT: Final = "7"
ALL: Final = "all"


class PeriodFilter(admin.SimpleListFilter):
    """Rows of the last days, by their ids: a UUIDv7 begins with the millisecond in which it was made.

    Whoever searches means all rows, whenever they were made.
    """

    title = "period"
    parameter_name = "period"

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.is_search = bool(request.GET.get("q", "").strip())

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [*DAYS.items(), (ALL, "All")]

    def value(self) -> str:
        asked = super().value()
        if asked in DAYS or asked == ALL:
            return str(asked)
        return ALL if self.is_search else DEFAULT

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == str(value),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = self.value()
        return (
            queryset if days == ALL else queryset.filter(pk__gte=first_id(now() - timedelta(days=int(days))))
        )


def first_id(at: datetime) -> UUID:
    """Return the least id of a moment: ids begin with their millisecond, and rows are indexed by them."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
