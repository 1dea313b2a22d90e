"""What is told on the stream: an event of a tenant, or a fact about a fixture, with its place in its
sequence.
"""

from functools import cached_property
from typing import Any, Final
from uuid import UUID

import orjson

from core.clock import instant_text
from core.ids import typeid
from core.numbering import NumberedEvent, NumberedFact

TOPICS: Final = {"market.changed": "odds", "fixture.changed": "fixtures"}
"""The topic of each type of fact that the stream tells."""
_KEYS: Final = {"odds": "marketId", "fixtures": "fixtureId"}


class EventItem:
    """One event, its frame made once for all who are told."""

    def __init__(self, event: NumberedEvent) -> None:
        self.sequence = event.sequence
        self.tenant_id: UUID | None = event.tenant_id
        self.topic = "events"
        self.type = event.type
        self.raw = event.data.encode()
        self._event = event

    @cached_property
    def tail(self) -> bytes:
        """The frame from behind the subscription's id on, in the words of `GET /events`."""
        return b',"sequence":%d,"eventId":"%b","type":"%b","occurredAt":"%b","data":%b}' % (
            self.sequence,
            typeid("evt", self._event.event_id).encode(),
            self.type.encode(),
            instant_text(self._event.occurred_at).encode(),
            self.raw,
        )

    @cached_property
    def player_id(self) -> str | None:
        found = orjson.loads(self.raw).get("playerId")
        return found if isinstance(found, str) else None


class FactItem:
    """One fact; `topic` is empty for one that the stream does not tell."""

    def __init__(self, fact: NumberedFact) -> None:
        self.sequence = fact.sequence
        self.tenant_id = fact.tenant_id
        self.topic = TOPICS.get(fact.type, "")
        self.type = fact.type
        self.raw = fact.data.encode()

    @cached_property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.raw)
        return found

    @cached_property
    def key(self) -> str:
        """What a newer fact about the same thing takes the place of this one by."""
        return str(self.data.get(_KEYS[self.topic], ""))


Item = EventItem | FactItem
