"""One subscription: what it wants, where it stands, and what waits while its reader is slow.

Of a fixture or a market only the newest state waits, so that a slow reader costs no more than there are
fixtures. Events wait in order, up to a bound; past it the connection is closed and told where to resume.
"""

import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from streaming.filters import Filter
from streaming.frames import delta_frame, event_frame, heartbeat_frame
from streaming.items import EventItem, FactItem, Item


class Outlet(Protocol):
    """Where frames go: a socket that says when it takes no more for now."""

    @property
    def is_full(self) -> bool:
        """Whether what is written now would wait in this process."""

    def write_frame(self, frame: bytes) -> None:
        """Hand over a frame; nothing happens once the socket is closing."""

    def end_slow(self, subscription: "Subscription") -> None:
        """Close, since the reader of this subscription has fallen too far behind."""


class Subscription:
    """What one connection asked to be told, under an id that it chose."""

    def __init__(
        self,
        *,
        subscription_id: int,
        topic: str,
        wanted: Filter,
        conflate_ms: int,
        heartbeat_seconds: float,
        tenant_id: UUID,
        outlet: Outlet,
        events_waiting_max: int,
    ) -> None:
        self.id = subscription_id
        self.topic = topic
        self.wanted = wanted
        self.tenant_id = tenant_id
        self.heartbeat_seconds = heartbeat_seconds
        self.group_key = (topic, wanted, subscription_id, conflate_ms)
        self.is_live = False
        self.position = 0
        """The last item that was looked at."""
        self.written = 0
        """The last position that a frame told of."""
        self.was_told = False
        self.told_at = time.monotonic()
        self._outlet = outlet
        self._events_waiting_max = events_waiting_max
        self._waiting: deque[EventItem] = deque()
        self._merged: dict[str, FactItem] = {}
        self._has_replaced = False

    def take(self, item: Item, frame: bytes | None = None) -> None:
        """Tell of an item above the position: now, or when the reader has caught up."""
        if item.sequence <= self.position:
            return
        self.position = item.sequence
        if self._outlet.is_full or self._waiting or self._merged:
            self._hold(item)
            return
        self._outlet.write_frame(frame or item_frame(item, self.id))
        self.written = item.sequence
        self.was_told = True

    def take_merged(self, items: Sequence[FactItem], frame: bytes) -> None:
        """Tell of several items in one frame; the last has the highest sequence."""
        if items[-1].sequence <= self.position:
            return
        self.position = items[-1].sequence
        if self._outlet.is_full or self._merged:
            for item in items:
                self._hold(item)
            return
        self._outlet.write_frame(frame)
        self.written = self.position
        self.was_told = True

    def stand_at(self, position: int) -> None:
        """Note that nothing up to here is left to tell."""
        self.position = self.written = max(self.position, position)

    def flush(self) -> None:
        """Write what waits, as far as the socket takes it."""
        while self._waiting and not self._outlet.is_full:
            item = self._waiting.popleft()
            self._outlet.write_frame(item_frame(item, self.id))
            self.written = item.sequence
            self.was_told = True
        if self._merged and not self._outlet.is_full:
            items = sorted(self._merged.values(), key=lambda item: item.sequence)
            self._merged = {}
            frame = merged_frame(items, self.id, is_conflated=self._has_replaced)
            self._has_replaced = False
            self._outlet.write_frame(frame)
            self.written = items[-1].sequence
            self.was_told = True

    def beat(self, *, now: float, head: int) -> None:
        """Write a heartbeat when nothing was told for long. Nothing up to `head` is held back elsewhere."""
        if self.was_told:
            self.was_told = False
            self.told_at = now
            return
        if now - self.told_at < self.heartbeat_seconds or self._outlet.is_full:
            return
        self.told_at = now
        if not self._waiting and not self._merged:
            self.stand_at(head)
        self._outlet.write_frame(heartbeat_frame(self.id, topic=self.topic, position=self.written))

    def _hold(self, item: Item) -> None:
        if isinstance(item, FactItem):
            self._has_replaced |= item.key in self._merged
            self._merged[item.key] = item
            return
        self._waiting.append(item)
        if len(self._waiting) > self._events_waiting_max:
            self._waiting.clear()
            self._outlet.end_slow(self)


def item_frame(item: Item, subscription_id: int) -> bytes:
    """Return the frame that tells of one item."""
    if isinstance(item, EventItem):
        return event_frame(subscription_id, item.tail)
    return delta_frame(
        subscription_id, topic=item.topic, clock=item.sequence, changes=(item.raw,), is_conflated=False
    )


def merged_frame(items: Sequence[FactItem], subscription_id: int, *, is_conflated: bool) -> bytes:
    """Return one delta for several facts of one topic, the last of which has the highest sequence."""
    return delta_frame(
        subscription_id,
        topic=items[0].topic,
        clock=items[-1].sequence,
        changes=[item.raw for item in items],
        is_conflated=is_conflated,
    )
