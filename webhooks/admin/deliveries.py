"""The inspector of deliveries: what was sent when, what came back, and how long it took."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import NBSP, Panel, label, moment, row_link, status_label
from core.admin.chosen import chosen_command
from core.admin.commands import CommandForm, command, told
from core.admin.scope import of_tenant
from core.clock import now
from core.errors import NotFound, Refusal
from core.event_types import event_types
from core.ids import typeid
from core.models import Event
from webhooks import services
from webhooks.admin.endpoint_panels import next_attempt
from webhooks.admin.endpoints import SEND
from webhooks.models import Attempt, Delivery, DeliveryState, Endpoint
from webhooks.queries import find_body, list_attempts


def of_event(rows: QuerySet[Delivery], event_id: UUID) -> QuerySet[Delivery]:
    """Return the deliveries of an event, found by its number at each of the tenant's endpoints."""
    event = Event.objects.filter(event_id=event_id).values_list("tenant_id", "sequence").first()
    if event is None:
        return rows.none()
    endpoints = list(Endpoint.objects.filter(tenant_id=event[0]).values_list("pk", flat=True))
    return rows.filter(tenant_id=event[0], endpoint_id__in=endpoints, sequence=event[1])


def of_endpoint(rows: QuerySet[Delivery], endpoint_id: UUID) -> QuerySet[Delivery]:
    """Return the deliveries of an endpoint, by its tenant too: the index that orders them leads with it."""
    tenant_id = Endpoint.objects.filter(pk=endpoint_id).values_list("tenant_id", flat=True).first()
    return rows.none() if tenant_id is None else rows.filter(tenant_id=tenant_id, endpoint_id=endpoint_id)


class TypeFilter(admin.SimpleListFilter):
    """By the type of event; the common ones."""

    title = "type"
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(event_types())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """An event on its way to an endpoint, with each attempt. Kept for 30 days."""

    whose = of_tenant("tenant_id")
    id_prefix = "dlv"
    is_large = True
    has_period = True
    list_display = ("made", "type", "sequence", "endpoint_shown", "state_shown", "attempts", "next_attempt")
    narrow_display = ("type", "endpoint_shown", "state_shown")
    list_display_links = ("made", "type")
    list_filter = ("state", TypeFilter, "kind")
    list_select_related = ("endpoint",)
    search_ids = {"whe": of_endpoint, "evt": of_event, "tnt": "tenant_id"}
    ordering = ("-id",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("state_shown", "shown_id"),
                    ("endpoint_shown", "tenant"),
                    ("type", "sequence"),
                    ("event", "kind"),
                )
            },
        ),
        ("Times", {"fields": (("made", "finished"), ("next_attempt", "expires"), "attempts")}),
        ("What is sent", {"fields": ("body",)}),
    )
    actions = ("retry_ticked",)
    actions_detail = ("retry",)

    @admin.display(description="made", ordering="id")
    def made(self, row: Delivery) -> str:
        return moment(row.created_at)

    @admin.display(description="endpoint")
    def endpoint_shown(self, row: Delivery) -> str:
        url = row.endpoint.url
        return row_link(Endpoint, row.endpoint_id, url if len(url) <= 50 else f"{url[:49]}…")

    @admin.display(description="state")
    def state_shown(self, row: Delivery) -> str:
        return status_label(row, "state")

    @admin.display(description="next attempt")
    def next_attempt(self, row: Delivery) -> str:
        return next_attempt(row, row.endpoint)

    @admin.display(description="finished")
    def finished(self, row: Delivery) -> str:
        return moment(row.finished_at)

    @admin.display(description="not sent after")
    def expires(self, row: Delivery) -> str:
        return moment(row.expires_at)

    @admin.display(description="event")
    def event(self, row: Delivery) -> str:
        return typeid("evt", row.event_id)

    @admin.display(description="body")
    def body(self, row: Delivery) -> str:
        found = find_body(row)
        if found is None:
            return "The event is not kept any more."
        return format_html(
            '<pre class="office-json">{}</pre><p class="office-note">{}</p><pre class="office-json">{}</pre>',
            found,
            f"{len(found.encode()):,} bytes: what the signature covers, the same at each attempt. Laid out:",
            orjson.dumps(orjson.loads(found), option=orjson.OPT_INDENT_2).decode(),
        )

    def hidden_commands(self, row: Delivery) -> frozenset[str]:
        is_gone = row.endpoint.removed_at is not None
        return frozenset({"retry"} if is_gone or row.state == DeliveryState.LEASED else ())

    def panels(self, request: HttpRequest, row: Delivery) -> list[Panel]:
        return [
            Panel(
                "Attempts",
                ("Attempt", "At", "Took", "Answer", "Headers and body"),
                [
                    (
                        one.number,
                        moment(one.started_at),
                        f"{one.duration_ms:,}{NBSP}ms",
                        _answer(one),
                        _exchange(one),
                    )
                    for one in reversed(list_attempts(row))
                ],
                empty="Nothing was sent yet.",
                numeric=frozenset({"Attempt", "Took"}),
            )
        ]

    @command(
        title="Retry",
        asks="It is sent at once, under the same event id; its schedule of retries begins anew.",
        button="Retry",
        permissions=SEND,
        form=CommandForm,
        icon="refresh",
    )
    def retry(self, request: HttpRequest, form: Any, object_id: str) -> None:
        row = self.found(request, object_id)
        services.retry_delivery(tenant_id=row.tenant_id, delivery_id=row.pk, asked_at=now())
        told(request, "The delivery is in the queue.")

    @chosen_command(
        title="Retry",
        asks="Each is sent at once, under the same event id; its schedule of retries begins anew.",
        button="Retry",
        permissions=SEND,
    )
    def retry_ticked(self, request: HttpRequest, rows: Sequence[Delivery]) -> None:
        queued, against = 0, Counter[str]()
        for row in rows:
            try:
                services.retry_delivery(tenant_id=row.tenant_id, delivery_id=row.pk, asked_at=now())
                queued += 1
            except Refusal as refusal:
                gone = isinstance(refusal, NotFound)
                against["The endpoint was removed." if gone else refusal.message] += 1
        if queued:
            told(request, f"Put into the queue: {queued} of {len(rows)}.")
        for message, count in against.items():
            messages.warning(request, f"Not put into the queue: {count}. {message}")


def _answer(attempt: Attempt) -> str:
    if attempt.status is None:
        return label("rejected", attempt.error.replace("_", " "))
    kind = "active" if 200 <= attempt.status < 300 else "rejected" if attempt.status >= 500 else "pending"
    return label(kind, str(attempt.status))


def _exchange(attempt: Attempt) -> str:
    """Return what was sent and what came back, to unfold."""
    return format_html(
        "<details><summary>Show</summary><strong>Sent</strong><pre>POST {}</pre><pre>{}</pre>"
        "<strong>Came back</strong><pre>{}</pre><pre>{}</pre></details>",
        attempt.url or "to where is not known",
        _headers(attempt.request_headers),
        _headers(attempt.response_headers) or "no headers",
        attempt.response_body or "no body",
    )


def _headers(headers: Mapping[str, Any]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in headers.items())
