"""GET /event-types: what partners can be told, and the JSON Schema of each event's data."""

from functools import cache
from typing import Annotated, Any, Final

from django.http import HttpResponse
from msgspec import Meta

from core.api.answers import JsonAnswer, json_bytes
from core.api.bodies import Shown
from core.api.operation import operation
from core.api.views import PartnerRequest, PublicView
from core.errors import NotFound
from core.event_types import event_types, schema_of

SCHEMA_JSON: Final = "application/schema+json"
_KEPT: Final = "public, max-age=300"


class EventTypeUnknown(NotFound):
    """There is no such type of event."""

    message = "There is no such type of event."


class EventTypeView(Shown, frozen=True, kw_only=True, rename="camel"):
    type: str
    sent_when: str
    planned: Annotated[bool, Meta(description="Its shape is settled, and it is not sent yet.")]
    schema_path: str


class EventTypesView(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[EventTypeView]


class EventTypes(PublicView):
    """GET /api/v2/event-types."""

    @operation(summary="List the types of events", answers={200: EventTypesView}, is_public=True)
    def get(self, request: PartnerRequest) -> HttpResponse:
        """Return every type, in alphabetical order."""
        shown = [
            {
                "type": kind.name,
                "sentWhen": kind.sent_when,
                "planned": kind.is_planned,
                "schemaPath": f"/api/v2/event-types/{kind.name}/schema",
            }
            for kind in event_types().values()
        ]
        return JsonAnswer({"data": shown}, headers={"Cache-Control": _KEPT})


class EventTypeSchema(PublicView):
    """GET /api/v2/event-types/{eventType}/schema."""

    @operation(
        summary="Read the JSON Schema of a type of event",
        description="Of its `data`, in the dialect 2020-12. Further properties may be added to it.",
        answers={200: SCHEMA_JSON},
        codes=("NOT_FOUND",),
        is_public=True,
    )
    def get(self, request: PartnerRequest, event_type: str) -> HttpResponse:
        """Return the schema. Raises EventTypeUnknown."""
        return HttpResponse(_schema(event_type), content_type=SCHEMA_JSON, headers={"Cache-Control": _KEPT})


@cache
def _schema(name: str) -> bytes:
    kind = event_types().get(name)
    if kind is None:
        raise EventTypeUnknown
    schema: dict[str, Any] = schema_of(kind)
    return json_bytes(schema)
