"""The tenants' events, read-only, newest first, page by page.

A page of its own: the key of an event is its tenant and its number, which Django's admin cannot list.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from core.admin.cells import Panel, moment
from core.admin.exports import CHUNK, ROWS_MAX, plain_cell, send_rows
from core.admin.pages import office_page, office_view
from core.admin.periods import ALL, DAYS, DEFAULT, first_id
from core.admin.scope import narrowed, of_tenant
from core.clock import now
from core.ids import NotAnId, parse_typeid, typeid
from core.models import Event

PAGE: Final = 50
VIEW: Final = "core.view_event"
HEADINGS: Final = ("Occurred", "Type", "Event", "Tenant", "Sequence", "Data")


@dataclass(frozen=True)
class Asked:
    """What somebody looks for: events of one tenant or of all, of one type or of any, of the last days.

    `key` is what they are in the order of; `problem` says why nothing can be found.
    """

    rows: QuerySet[Event]
    key: str
    filled: dict[str, str]
    problem: str = ""

    @property
    def query(self) -> str:
        """What was asked, for an address."""
        return f"?{urlencode(self.filled)}"


@office_view(VIEW)
def events(request: HttpRequest) -> HttpResponse:
    """Show 50 events: of all tenants, or of one (`?tenant=tnt_...`), or of one type (`?type=bet.placed`)."""
    asked = _asked(request)
    before = _key(asked.key, request.GET.get("before", ""))
    rows = asked.rows if before is None else asked.rows.filter(**{f"{asked.key}__lt": before})
    found = list(rows[: PAGE + 1])
    last = str(getattr(found[PAGE - 1], asked.key)) if len(found) > PAGE else ""
    return office_page(
        request,
        "office/events.html",
        title="Events",
        asked=asked.filled,
        periods=[*DAYS.items(), (ALL, "All")],
        problem=asked.problem,
        panels=[_panel(found[:PAGE])],
        first_url=asked.query if before is not None else "",
        further_url=f"{asked.query}&{urlencode({'before': last})}" if last else "",
        export_url=reverse("office-events-export"),
        export_query=asked.query,
        export_rows_max=f"{ROWS_MAX:,}",
    )


@office_view(VIEW, methods=("POST",))
def export_events(request: HttpRequest) -> HttpResponseBase:
    """Answer with the events that the page finds as a CSV file."""
    rows = _asked(request).rows[: ROWS_MAX + 1]
    return send_rows(
        request,
        listed=Event._meta.label_lower,
        name="events",
        headings=HEADINGS,
        rows=(
            [plain_cell(cell) for cell in (*_cells(event), json.dumps(event.data, ensure_ascii=False))]
            for event in rows.iterator(chunk_size=CHUNK)
        ),
    )


def _asked(request: HttpRequest) -> Asked:
    """Read what is asked: of all tenants the last seven days, of one tenant all, unless a period is named."""
    filled = {name: request.GET.get(name, "").replace("\0", "").strip() for name in ("tenant", "type")}
    period = request.GET.get("period", "")
    filled["period"] = period if period in (*DAYS, ALL) else ALL if filled["tenant"] else DEFAULT
    # Each order has its index: a tenant's events by their number, those of all tenants by their own ids.
    key, rows, problem = "event_id", narrowed(Event.objects.all(), of_tenant("tenant_id"), request.user), ""
    if filled["tenant"]:
        try:
            key, rows = "sequence", rows.filter(tenant_id=parse_typeid("tnt", filled["tenant"]))
        except NotAnId:
            rows, problem = rows.none(), "A tenant's id begins with tnt_."
    if filled["type"]:
        rows = rows.filter(type=filled["type"])
    if filled["period"] != ALL:
        rows = rows.filter(event_id__gte=first_id(now() - timedelta(days=int(filled["period"]))))
    return Asked(rows.order_by(f"-{key}"), key, filled, problem)


def _key(name: str, text: str) -> UUID | int | None:
    try:
        return UUID(text) if name == "event_id" else int(text)
    except ValueError:
        return None


def _cells(event: Event) -> tuple[Any, ...]:
    """Return what is shown of an event, but for its data."""
    return (
        moment(event.occurred_at),
        event.type,
        typeid("evt", event.event_id),
        typeid("tnt", event.tenant_id),
        event.sequence,
    )


def _panel(found: list[Event]) -> Panel:
    return Panel(
        "Newest first",
        HEADINGS,
        [(*_cells(event), _folded(event.data)) for event in found],
        empty="No event in this period: choose a longer one.",
        numeric=frozenset({"Sequence"}),
    )


def _folded(data: Any) -> str:
    """Return JSON to unfold: a line of it, and the whole on a click or Enter."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return format_html("<details><summary>Show</summary><pre>{}</pre></details>", text)
