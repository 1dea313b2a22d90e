"""The three boxes of the inbox: what waits for me, what I asked for, and all that I see."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from approvals.inbox import shown_count
from approvals.kinds import kinds
from approvals.models import ApprovalRequest
from approvals.queries import list_decidable, list_requested, list_seen
from core.admin.cells import list_url
from core.clock import now
from core.models import StaffUser

MINE, ASKED, ALL = "mine", "asked", "all"
LIST_NAME = "approvals_approvalrequest_changelist"
BOXES = ((MINE, "Mine to decide"), (ASKED, "Requested by me"), (ALL, "All"))


class BoxFilter(admin.SimpleListFilter):
    """Which of the three boxes is open. The tabs above the list show it, so the filters do not."""

    title = "box"
    parameter_name = "box"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(BOXES)

    def has_output(self) -> bool:
        return False

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, kind.title) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


def open_box(request: HttpRequest) -> str:
    """Return the box that is open: a record's page and a search without a box look into all of them."""
    is_list = request.resolver_match is not None and request.resolver_match.url_name == LIST_NAME
    asked = request.GET.get("box", "")
    if asked in dict(BOXES):
        return asked if is_list else ALL
    return MINE if is_list and "q" not in request.GET else ALL


def tabs(user: StaffUser, *, opened: str) -> list[dict[str, Any]]:
    """Return the tabs above the list, each with how much is in its box, in figures of two digits."""
    return [
        {
            "title": f"{title} ({shown_count(rows_of(name, user))})",
            "url": f"{list_url(ApprovalRequest)}?{urlencode({'box': name})}",
            "is_open": name == opened,
        }
        for name, title in BOXES
    ]


def rows_of(box: str, user: StaffUser) -> QuerySet[ApprovalRequest]:
    """Return the requests in a box."""
    if box == MINE:
        return list_decidable(user, at=now())
    return list_requested(user) if box == ASKED else list_seen(user, at=now())
