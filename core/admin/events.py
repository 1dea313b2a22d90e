"""The tenants' events, read-only, newest first, page by page.

A page of its own: the key of an event is its tenant and its number, which Django's admin cannot list.
"""

import json
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.http import urlencode

from core.admin.cells import Panel, moment
from core.admin.pages import office_page
from core.admin.scope import narrowed, of_tenant
from core.ids import NotAnId, parse_typeid, typeid
from core.models import Event

PAGE: Final = 50


def events(request: HttpRequest) -> HttpResponse:
    """Show 50 events: of all tenants, or of one (`?tenant=tnt_...`), or of one type (`?type=bet.placed`)."""
    if not request.user.has_perm("core.view_event"):
        raise PermissionDenied
    asked = {name: request.GET.get(name, "").strip() for name in ("tenant", "type")}
    # Each order has its index: a tenant's events by their number, those of all tenants by their own ids.
    key, rows, problem = "event_id", narrowed(Event.objects.all(), of_tenant("tenant_id"), request.user), ""
    if asked["tenant"]:
        try:
            key, rows = "sequence", rows.filter(tenant_id=parse_typeid("tnt", asked["tenant"]))
        except NotAnId:
            rows, problem = rows.none(), "A tenant's id begins with tnt_."
    if asked["type"]:
        rows = rows.filter(type=asked["type"])
    before = _key(key, request.GET.get("before", ""))
    rows = rows if before is None else rows.filter(**{f"{key}__lt": before})
    found = list(rows.order_by(f"-{key}")[: PAGE + 1])
    further = {**asked, "before": str(getattr(found[PAGE - 1], key))} if len(found) > PAGE else {}
    return office_page(
        request,
        "office/events.html",
        title="Events",
        asked=asked,
        problem=problem,
        panels=[_panel(found[:PAGE])],
        first_url=f"?{urlencode(asked)}" if before is not None else "",
        further_url=f"?{urlencode(further)}" if further else "",
    )


def _key(name: str, text: str) -> UUID | int | None:
    try:
        return UUID(text) if name == "event_id" else int(text)
    except ValueError:
        return None


def _panel(found: list[Event]) -> Panel:
    return Panel(
        "Newest first",
        ("Occurred", "Type", "Event", "Tenant", "Sequence", "Data"),
        [
            (
                moment(event.occurred_at),
                event.type,
                typeid("evt", event.event_id),
                typeid("tnt", event.tenant_id),
                event.sequence,
                _folded(event.data),
            )
            for event in found
        ],
        empty="No event.",
        numeric=frozenset({"Sequence"}),
    )


def _folded(data: Any) -> str:
    """Return JSON to unfold: a line of it, and the whole on a click or Enter."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return format_html("<details><summary>Show</summary><pre>{}</pre></details>", text)
