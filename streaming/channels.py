"""A sequence as this process tells it: where it stands, what was told last, and to whom each item goes.

Everything here runs in the event loop and never waits, so that between looking at a channel and acting on it
nothing else happens. A channel moves forward only without a gap; whoever feeds it (`streaming.feed`) fills
gaps from the database first.
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from streaming.filters import EventsFilter, Filter
from streaming.items import EventItem, FactItem, Item
from streaming.subscriptions import Subscription, item_frame, merged_frame

KEPT_ITEMS: Final = 2_000
"""How many of the last items are kept for those who come back after a short while."""


class Group:
    """Subscriptions that are told the same items in the same frames: one topic, filter, id and conflation."""

    def __init__(self, topic: str, wanted: Filter, subscription_id: int, conflate_ms: int) -> None:
        self.topic = topic
        self.wanted = wanted
        self.subscription_id = subscription_id
        self.conflate_seconds = conflate_ms / 1000
        self.members: dict[Subscription, None] = {}
        self.merged: dict[str, FactItem] = {}
        self._has_replaced = False
        self._timer: asyncio.TimerHandle | None = None

    def wants(self, item: Item) -> bool:
        return is_wanted(self.wanted, item)

    def tell(self, item: Item) -> None:
        """Tell every member of an item that the group wants, at once or with the next conflated delta."""
        if self.conflate_seconds and isinstance(item, FactItem):
            self._merge(item)
            return
        frame = item_frame(item, self.subscription_id)
        owner = item.tenant_id
        for member in tuple(self.members):
            if owner is None or owner == member.tenant_id:
                member.take(item, frame)

    def _merge(self, item: FactItem) -> None:
        self._has_replaced |= item.key in self.merged
        self.merged[item.key] = item
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self.conflate_seconds, self._flush)

    def _flush(self) -> None:
        """Tell every member of what has gathered; members whose tenant has none of it share one frame."""
        self._timer = None
        items = sorted(self.merged.values(), key=lambda item: item.sequence)
        has_replaced, self.merged, self._has_replaced = self._has_replaced, {}, False
        owners = {item.tenant_id for item in items}
        shown: dict[UUID | None, tuple[list[FactItem], bytes]] = {}
        for member in tuple(self.members):
            owner = member.tenant_id if member.tenant_id in owners else None
            if owner not in shown:
                seen = [item for item in items if item.tenant_id in (None, owner)]
                frame = merged_frame(seen, self.subscription_id, is_conflated=has_replaced) if seen else b""
                shown[owner] = seen, frame
            seen, frame = shown[owner]
            if seen:
                member.take_merged(seen, frame)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Channel:
    """A tenant's events (`tenant_id`), or the facts about all fixtures (None).

    `head` is the last item told, `known` the last one heard of; `floor` is the sequence above which every
    item up to the head is in the memory of this process.
    """

    def __init__(self, tenant_id: UUID | None) -> None:
        self.tenant_id = tenant_id
        self.is_open = False
        self.is_filling = False
        self.head = 0
        self.known = 0
        self.floor = 0
        self.users = 0
        """How many connections need the channel, those included that are not told yet."""
        self._kept: deque[Item] = deque()
        self._groups: dict[tuple[str, Filter, int, int], Group] = {}

    def open_at(self, head: int) -> None:
        """Begin behind this item."""
        self._kept.clear()
        self.head = self.floor = head
        self.known = max(self.known, head)
        self.is_open = True

    def offer(self, items: Sequence[Item]) -> bool:
        """Tell of items that were just heard of, in their order; return False when there is a gap to fill."""
        for item in items:
            if item.sequence <= self.head:
                continue
            if not self.is_open or self.is_filling or item.sequence != self.head + 1:
                self.known = max(self.known, item.sequence)
                continue
            self._append(item)
        return self.known <= self.head or not self.is_open

    def advance(self, items: Sequence[Item], *, until: int) -> None:
        """Tell of items read from the database: all above the head, up to `until`, that concern us."""
        for item in items:
            if item.sequence > self.head:
                self._append(item)
        self.head = max(self.head, until)
        self.known = max(self.known, self.head)
        if self.tenant_id is None:
            # Facts of sandboxes that nobody watches were left out: what is kept has holes.
            self._kept.clear()
            self.floor = self.head

    def _append(self, item: Item) -> None:
        self.head = item.sequence
        self.known = max(self.known, item.sequence)
        self._kept.append(item)
        if len(self._kept) > KEPT_ITEMS:
            self.floor = self._kept.popleft().sequence
        if item.topic:
            for group in tuple(self._groups.values()):
                if group.topic == item.topic and group.wants(item):
                    group.tell(item)

    def covers(self, position: int) -> bool:
        """Whether everything above this position is in memory."""
        return self.is_open and position >= self.floor

    def since(self, position: int, *, limit: int) -> list[Item]:
        """Return up to `limit` items above a position that the channel covers, in their order."""
        found: list[Item] = []
        for item in reversed(self._kept):
            if item.sequence <= position:
                break
            found.append(item)
        found.reverse()
        return found[:limit]

    def join(self, subscription: Subscription) -> None:
        """Tell a subscription of everything from now on."""
        key = subscription.group_key
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(*key)
        group.members[subscription] = None
        subscription.is_live = True

    def leave(self, subscription: Subscription) -> None:
        """Stop telling a subscription; nothing happens when it was not told."""
        group = self._groups.get(subscription.group_key)
        if group is None:
            return
        group.members.pop(subscription, None)
        if not group.members:
            group.end()
            del self._groups[subscription.group_key]

    def told_up_to(self, subscription: Subscription) -> int:
        """Return up to where a subscription that joined was told everything, but for what it holds itself."""
        group = self._groups.get(subscription.group_key)
        return subscription.position if group is not None and group.merged else self.head

    def subscriptions(self) -> Iterator[Subscription]:
        """All that are told, as of now."""
        for group in tuple(self._groups.values()):
            yield from tuple(group.members)


def is_wanted(wanted: Filter, item: Item) -> bool:
    """Whether a filter selects an item of its topic."""
    if isinstance(wanted, EventsFilter):
        return (
            isinstance(item, EventItem)
            and (wanted.types is None or item.type in wanted.types)
            and (wanted.player_ids is None or item.player_id in wanted.player_ids)
        )
    return isinstance(item, FactItem) and wanted.matches(item.data)
