"""One event, the same on every channel: feed, webhook and stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. `sequence` has no gaps within a tenant; `event_id` is the delivery's `webhook-id`."""

    event_id: str
    sequence: int
    type: str
    occurred_at: datetime
    data: Mapping[str, Any]


def parse_time(text: str) -> datetime:
    """Return the moment of an RFC 3339 text, with its zone."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
