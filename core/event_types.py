"""The types of events that partners can be told, each with the shape of its data (`/event-types`).

Every app declares its own in `event_types.py`; the shapes are allow-lists. A test holds what is really
announced against them, so that no name, address or birth date of a person can slip into an event.

    declare_events(
        EventType("user.registered", "a player was registered", PlayerRegisteredData, example={...}),
    )
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from core.errors import BadRequest

SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE: Final = "#/$defs/{name}"


class UnknownEventType(BadRequest):
    """A type of event that the platform does not have."""

    code = "EVENT_TYPE_UNKNOWN"
    message = "There is no such type of event."


class Told(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of the data of an event, camelCase outside."""


PlayerId = Annotated[str, Meta(pattern="^plr_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
FixtureId = Annotated[str, Meta(pattern="^fix_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
MarketId = Annotated[str, Meta(pattern="^mkt_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
OutcomeId = Annotated[str, Meta(pattern="^out_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
BetId = Annotated[str, Meta(pattern="^bet_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
QuoteId = Annotated[str, Meta(pattern="^quo_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
TransactionId = Annotated[str, Meta(pattern="^txn_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
StatementId = Annotated[str, Meta(pattern="^stm_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
TicketId = Annotated[str, Meta(pattern="^tkt_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
EndpointId = Annotated[str, Meta(pattern="^whe_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
Reference = Annotated[
    str, Meta(pattern="^[A-Za-z0-9._:-]{1,64}$", description="The partner's own name for it.")
]
Amount = Annotated[
    str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="A decimal string at the currency's scale.")
]
Odds = Annotated[
    str, Meta(pattern=r"^[0-9]+\.[0-9]{2,}$", description="Decimal odds: at least 2 decimals, no more zeros.")
]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z0-9.]{1,16}$")]
Instant = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$",
        description="RFC 3339 in UTC, with milliseconds.",
        extra_json_schema={"format": "date-time"},
    ),
]


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event. `sent_when` completes "Sent when"; `example` is data of it.

    `is_planned`: its shape is settled, and nothing on the platform announces it yet.
    """

    name: str
    sent_when: str
    data: type[Told]
    example: Mapping[str, Any]
    is_planned: bool = False


_TYPES: dict[str, EventType] = {}


def declare_events(*types: EventType) -> None:
    """Publish types of events. Raises ValueError for one that another app has."""
    for each in types:
        if each.name in _TYPES and _TYPES[each.name] is not each:
            raise ValueError(f"the event type {each.name} is declared twice")
        _TYPES[each.name] = each


def event_types() -> Mapping[str, EventType]:
    """Return every type of event by its name, in alphabetical order."""
    return MappingProxyType(dict(sorted(_TYPES.items())))


def check_types(types: Iterable[str]) -> list[str]:
    """Return types of events in their order of names, each once. Raises UnknownEventType."""
    wanted, known = set(types), event_types()
    unknown = sorted(wanted - set(known))
    if unknown:
        raise UnknownEventType(
            f"There is no such type of event: {', '.join(unknown)[:200]}.",
            details={"types": unknown, "known": list(known)},
        )
    return sorted(wanted)


def schema_of(kind: EventType) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the data of a type of event."""
    (root,), definitions = msgspec.json.schema_components([kind.data], ref_template=_REFERENCE)
    shape = definitions.pop(str(root["$ref"]).rpartition("/")[2])
    schema = {
        "$schema": SCHEMA_DIALECT,
        "$id": f"urn:b2b:events:v2:{kind.name}",
        **shape,
        "title": kind.name,
        "description": f"The data of {kind.name}, sent when {kind.sent_when}.",
        "examples": [dict(kind.example)],
    }
    return {**schema, "$defs": definitions} if definitions else schema
