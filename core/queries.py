"""Reads of the event feed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.errors import BadRequest, Gone
from core.event_types import check_types
from core.numbering import NumberedEvent
from core.tenancy import call_in_tenant

_READ: Final = "SELECT * FROM core_read_events(%s, %s, %s::text[], %s)"


class EventsGone(Gone):
    """The events right after the one named are no longer kept."""

    code = "EVENTS_GONE"
    message = (
        "The events after this one are no longer kept. Read anew what you follow, "
        "then go on with after = details.oldestSequence - 1."
    )


class SequenceUnknown(BadRequest):
    """A number that no event of the tenant has yet."""

    code = "SEQUENCE_UNKNOWN"
    message = (
        "No event of this tenant has this number yet; details.latestSequence is the last one. Is the number "
        "another tenant's?"
    )


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events in order. `next_after` is the sequence up to which nothing was left out; `oldest` is the oldest
    kept at all, None where there is none yet.
    """

    events: list[NumberedEvent]
    next_after: int
    oldest: int | None


def read_events(*, tenant_id: UUID, after: int, types: Sequence[str], limit: int) -> EventPage:
    """Return up to `limit` events with a sequence above `after`, of the given types (none: all).

    One round trip and a transaction of its own. `after` 0 begins with the oldest kept. Raises EventsGone
    where events after another number were removed already (there is no gap that nobody is told of),
    SequenceUnknown where the number is still to come (nobody waits for what will never be), and
    UnknownEventType.
    """
    wanted = check_types(types) or None
    rows = call_in_tenant(_READ, [tenant_id, after, wanted, limit])
    oldest, newest = rows[0][:2]
    if after and oldest is not None and after < oldest - 1:
        raise EventsGone(details={"oldestSequence": oldest})
    if after > (newest or 0):
        raise SequenceUnknown(details={"latestSequence": newest or 0})
    events = [NumberedEvent(tenant_id, *row[2:]) for row in rows if row[2] is not None]
    seen = events[-1].sequence if len(events) == limit else newest or 0
    return EventPage(events, next_after=max(seen, after), oldest=oldest)
