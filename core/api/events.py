"""GET /events: the feed of everything that happened, one gap-free sequence a tenant."""

from typing import Annotated, Any

import orjson
from django.http import HttpResponse
from msgspec import Meta

from core.api.answers import JsonAnswer
from core.api.bodies import Moment, Query, Shown, parse_query
from core.api.operation import operation
from core.api.views import PartnerRequest, PartnerView
from core.clock import instant_text
from core.ids import typeid
from core.numbering import NumberedEvent
from core.queries import read_events


class EventsQuery(Query, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    after: Annotated[
        int, Meta(ge=0, le=2**63 - 1 - 10_000, description="The sequence of the last event seen; 0 begins.")
    ] = 0
    types: (
        Annotated[
            str,
            Meta(
                pattern=r"^[a-z_]+\.[a-z_]+(,[a-z_]+\.[a-z_]+)*$",
                max_length=512,
                description="Only these types, separated by commas: `bet.placed,bet.settled`.",
                extra={"wanted": "types of events with commas between them, such as bet.placed,bet.settled"},
            ),
        ]
        | None
    ) = None
    limit: Annotated[int, Meta(ge=1, le=200, description="How many at most.")] = 50


class EventView(Shown, frozen=True, kw_only=True, rename="camel"):
    event_id: str
    sequence: int
    type: str
    occurred_at: Moment
    data: dict[str, Any]


class EventsView(Shown, frozen=True, kw_only=True, rename="camel"):
    """`oldestSequence` is that of the oldest event kept; null where there is none yet."""

    data: list[EventView]
    next_after: int
    oldest_sequence: int | None


class Events(PartnerView):
    """The event feed."""

    required_scopes = {"GET": "events:read"}

    @operation(
        summary="Read the event feed",
        description=(
            "Ordered by `sequence`, without gaps. Ask again with `after` set to `nextAfter`, also if `data` "
            "is empty: events of other types may have been passed over. Events are kept for 90 days, unless "
            "agreed otherwise: `oldestSequence` says from which number on. `after=0` begins with that one; "
            "any other number before it is answered 410 `EVENTS_GONE`, and one that no event has yet 400 "
            "`SEQUENCE_UNKNOWN`."
        ),
        query=EventsQuery,
        answers={200: EventsView},
        codes=("EVENTS_GONE", "SEQUENCE_UNKNOWN", "EVENT_TYPE_UNKNOWN"),
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        """Return the events after `after`."""
        query = parse_query(request, EventsQuery)
        page = read_events(
            tenant_id=request.auth.tenant_id,
            after=query.after,
            types=query.types.split(",") if query.types else (),
            limit=query.limit,
        )
        return JsonAnswer(
            {
                "data": [_shown(event) for event in page.events],
                "nextAfter": page.next_after,
                "oldestSequence": page.oldest,
            }
        )


def _shown(event: NumberedEvent) -> dict[str, Any]:
    return {
        "eventId": typeid("evt", event.event_id),
        "sequence": event.sequence,
        "type": event.type,
        "occurredAt": instant_text(event.occurred_at),
        "data": orjson.Fragment(event.data),
    }
