"""Where this process's channels get their items: from Valkey at once, from PostgreSQL whatever was missed
there.

An item heard of through Valkey is told when it is the next of its sequence. Otherwise what lies between is
read from the database first. Each second the database is asked how far the sequences are, whatever Valkey
said: it may be killed, emptied or lose entries, and every item is told once and in order all the same.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import msgspec
import redis
import redis.asyncio
import structlog
from django.conf import settings
from django.db import Error as DatabaseError

from core.numbering import NumberedEvent, NumberedFact
from streaming import queries
from streaming.bell import STREAM, read_entry
from streaming.channels import Channel
from streaming.items import EventItem, FactItem
from streaming.threads import in_thread

logger = structlog.get_logger(__name__)

SWEEP_SECONDS: Final = 1.0
_BLOCK_MS: Final = 1_000
_DEAD_SECONDS: Final = 5.0
_RETRY_SECONDS: Final = 0.5
_ENTRIES_PER_READ: Final = 100
_FACTS_PER_FILL: Final = 1_000


class Feed:
    """All channels of this process. `start()` it in the event loop that uses it."""

    def __init__(self) -> None:
        self.facts = Channel(None)
        self.swept_at = time.monotonic()
        """When the database last said how far the sequences are."""
        self._tenants: dict[UUID, Channel] = {}
        self._fact_watchers: dict[UUID, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Listen and sweep until `stop()`."""
        self._spawn(self._listen())
        self._spawn(self._sweep())

    async def stop(self) -> None:
        """End all that runs."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @contextmanager
    def using(self, topic: str, tenant_id: UUID) -> Iterator[Channel]:
        """Lend the channel of a topic; it is kept up while anybody uses it. Await `ready()` first."""
        if topic == "events":
            channel = self._tenants.get(tenant_id) or self._tenants.setdefault(tenant_id, Channel(tenant_id))
        else:
            channel = self.facts
            self._fact_watchers[tenant_id] = self._fact_watchers.get(tenant_id, 0) + 1
        channel.users += 1
        try:
            yield channel
        finally:
            channel.users -= 1
            if topic == "events":
                if not channel.users and self._tenants.get(tenant_id) is channel:
                    del self._tenants[tenant_id]
            else:
                self._fact_watchers[tenant_id] -= 1
                if not self._fact_watchers[tenant_id]:
                    del self._fact_watchers[tenant_id]

    async def ready(self, channel: Channel, tenant_id: UUID) -> None:
        """Return when the channel knows where its sequence stands. Raises DatabaseError."""
        if channel.is_open:
            return
        read = queries.read_kept_events if channel.tenant_id else queries.read_kept_facts
        kept = await in_thread(read, tenant_id)
        if not channel.is_open:
            channel.open_at(kept.last)
            if channel.known > channel.head:
                self._fill(channel)

    async def _listen(self) -> None:
        """Read the stream of Valkey, through its deaths."""
        is_away = False
        while True:
            valkey = redis.asyncio.Redis.from_url(
                settings.VALKEY_URL, socket_timeout=None, socket_connect_timeout=2, retry=None
            )
            try:
                last: Any = "$"
                while True:
                    found: Any = await asyncio.wait_for(
                        valkey.xread({STREAM: last}, count=_ENTRIES_PER_READ, block=_BLOCK_MS), _DEAD_SECONDS
                    )
                    if is_away:
                        is_away = False
                        logger.info("stream_hears_again")
                    for _, entries in found or ():
                        for entry_id, fields in entries:
                            last = entry_id
                            self._hear(fields)
            except (redis.RedisError, OSError, TimeoutError) as error:
                if not is_away:
                    logger.warning("stream_hears_no_bell", cause=str(error) or type(error).__name__)
                is_away = True
            finally:
                await _close(valkey)
            await asyncio.sleep(_RETRY_SECONDS)

    def _hear(self, fields: Any) -> None:
        try:
            batch = read_entry(fields)
        except msgspec.MsgspecError as error:
            logger.warning("stream_entry_unreadable", cause=str(error))
            return
        by_tenant: dict[UUID, list[NumberedEvent]] = {}
        for event in batch.events:
            if event.tenant_id in self._tenants:
                by_tenant.setdefault(event.tenant_id, []).append(event)
        for tenant_id, events in by_tenant.items():
            self._offer(self._tenants[tenant_id], [EventItem(event) for event in events])
        if batch.facts and self.facts.users:
            self._offer(self.facts, [FactItem(fact) for fact in batch.facts])
        elif batch.facts:
            self.facts.is_open = False

    def _offer(self, channel: Channel, items: list[EventItem] | list[FactItem]) -> None:
        if not channel.offer(items):
            self._fill(channel)

    async def _sweep(self) -> None:
        """Ask the database each second how far the sequences are."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self._look()
            except DatabaseError as error:
                logger.warning("stream_cannot_sweep", cause=str(error))
            except Exception:
                logger.exception("stream_sweep_failed")

    async def _look(self) -> None:
        has_facts = self.facts.is_open and self.facts.users > 0
        tenants = {tenant_id for tenant_id, channel in self._tenants.items() if channel.is_open}
        if has_facts:
            tenants |= set(self._fact_watchers)
        if not has_facts and self.facts.is_open:
            self.facts.is_open = False
        after = self.facts.head if has_facts else None
        heads = await in_thread(queries.read_heads, sorted(tenants), facts_after=after)
        self.swept_at = time.monotonic()
        for tenant_id, head in heads.events.items():
            self._learn(self._tenants.get(tenant_id), head)
        if heads.fact is not None and has_facts:
            self._learn(self.facts, heads.fact)

    def _learn(self, channel: Channel | None, head: int) -> None:
        if channel is None or not channel.is_open:
            return
        channel.known = max(channel.known, head)
        if channel.known > channel.head:
            self._fill(channel)

    def _fill(self, channel: Channel) -> None:
        if not channel.is_filling:
            channel.is_filling = True
            self._spawn(self._fill_up(channel))

    async def _fill_up(self, channel: Channel) -> None:
        """Read what lies between the head and what is known, until there is nothing between."""
        read: Callable[[Channel], Any] = self._read_events if channel.tenant_id else self._read_facts
        try:
            while channel.head < channel.known:
                if not await read(channel):
                    # Heard of, and not there: nothing that this process could tell.
                    channel.known = channel.head
        except DatabaseError as error:
            logger.warning("stream_cannot_fill", cause=str(error))
        finally:
            channel.is_filling = False

    async def _read_events(self, channel: Channel) -> bool:
        assert channel.tenant_id is not None
        found = await in_thread(
            queries.read_events, channel.tenant_id, after=channel.head, until=channel.known
        )
        if found:
            channel.advance([EventItem(event) for event in found], until=found[-1].sequence)
        return bool(found)

    async def _read_facts(self, channel: Channel) -> bool:
        until = min(channel.known, channel.head + _FACTS_PER_FILL)
        watchers = sorted(self._fact_watchers)
        found: list[NumberedFact] = await in_thread(
            queries.read_facts_of_all, watchers, after=channel.head, until=until
        )
        channel.advance([FactItem(fact) for fact in found], until=until)
        return True

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _close(valkey: Any) -> None:
    try:
        await valkey.aclose()
    except (redis.RedisError, OSError, RuntimeError):
        return
