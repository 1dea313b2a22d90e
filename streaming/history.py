"""What lies behind: where a subscription may resume, what it missed, and whole pictures of a topic."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings

from streaming import pictures, queries
from streaming.channels import Channel
from streaming.filters import Filter, FixturesFilter, OddsFilter
from streaming.items import EventItem, FactItem, Item
from streaming.refusals import ResumeTooOld, ResumeUnknown
from streaming.subscriptions import Subscription
from streaming.threads import in_thread

PICTURE_SECONDS: Final = 1.0
"""How old a picture may be that is shown to another subscription: the changes since then follow it."""


@dataclass(frozen=True)
class Picture:
    """Everything of a topic that a filter wants, as JSON objects, no older than the clock."""

    clock: int
    parts: Sequence[bytes]
    made_at: float


class History:
    """Reads of the past; pictures of the same are made once for all who ask at the same time."""

    def __init__(self) -> None:
        self._pictures: dict[tuple[UUID, Filter], asyncio.Task[Picture]] = {}

    async def check_resume(self, channel: Channel, sequence: int, tenant_id: UUID) -> None:
        """Return when a subscription to events may go on after a sequence. Raises ResumeTooOld,
        ResumeUnknown.
        """
        if channel.floor <= sequence <= channel.head:
            return
        kept = await in_thread(queries.read_kept_events, tenant_id)
        if sequence > kept.last:
            raise ResumeUnknown(details={"sequence": kept.last})
        if sequence < kept.oldest - 1 or kept.last - sequence > settings.STREAM_RESUME_EVENTS_MAX:
            raise ResumeTooOld(
                details={
                    "cursor": f"/api/v2/events?after={max(sequence, kept.oldest - 1)}",
                    "oldestSequence": kept.oldest,
                    "sequence": kept.last,
                }
            )

    async def find_resume(self, channel: Channel, clock: str, tenant_id: UUID) -> int | None:
        """Return the position of a clock; None when it is too old or not ours, and a picture is better."""
        if not clock.isascii() or not clock.isdecimal() or len(clock) > 18:
            return None
        position = int(clock)
        if channel.floor <= position <= channel.head:
            return position
        kept = await in_thread(queries.read_kept_facts, tenant_id)
        is_kept = kept.oldest - 1 <= position <= max(kept.last, channel.head)
        return position if is_kept and channel.head - position <= settings.STREAM_RESUME_FACTS_MAX else None

    async def after(self, channel: Channel, subscription: Subscription) -> tuple[Sequence[Item], int]:
        """Return the next items above a subscription's position, and up to where none is left out."""
        head, position = max(channel.head, channel.known), subscription.position
        if subscription.topic == "events":
            events = await in_thread(
                queries.read_events, subscription.tenant_id, after=position, until=max(head, position)
            )
            full = len(events) == queries.READ_ITEMS
            return [EventItem(event) for event in events], events[-1].sequence if full else head
        facts = await in_thread(
            queries.read_facts, subscription.tenant_id, after=position, until=max(head, position)
        )
        full = len(facts) == queries.READ_ITEMS
        return [FactItem(fact) for fact in facts], facts[-1].sequence if full else head

    async def picture(self, channel: Channel, subscription: Subscription) -> Picture:
        """Return the whole of a topic as a subscription wants it."""
        key = (subscription.tenant_id, subscription.wanted)
        task = self._pictures.get(key)
        if task is None or _is_old(task):
            self._pictures = {kept: each for kept, each in self._pictures.items() if not _is_old(each)}
            task = self._pictures[key] = asyncio.get_running_loop().create_task(self._make(channel, *key))
        return await asyncio.shield(task)

    async def _make(self, channel: Channel, tenant_id: UUID, wanted: Filter) -> Picture:
        clock = channel.head
        if isinstance(wanted, OddsFilter):
            parts = await in_thread(pictures.read_markets, tenant_id, wanted)
        else:
            assert isinstance(wanted, FixturesFilter)
            parts = await in_thread(pictures.read_fixtures, tenant_id, wanted)
        return Picture(clock, parts, time.monotonic())


def _is_old(task: "asyncio.Task[Picture]") -> bool:
    if not task.done():
        return False
    if task.cancelled() or task.exception() is not None:
        return True
    return time.monotonic() - task.result().made_at > PICTURE_SECONDS
