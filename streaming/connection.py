"""One open connection: reads what its client asks, and brings each subscription up to the present.

A subscription first gets what it missed (the history above where it resumes, or a whole picture), then joins
its channel in the same step in which nothing is left between. What happens meanwhile is in the channel's
memory or in the database, so nothing waits here for it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import structlog
from django.conf import settings
from django.db import Error as DatabaseError

from core.api.errors import DatabaseUnavailable, InternalError, RateLimited
from core.errors import Refusal
from streaming import door
from streaming.asked import Asked, Authenticate, Subscribe, Unsubscribe, parse_frame, read_id
from streaming.channels import Channel, is_wanted
from streaming.feed import Feed
from streaming.frames import error_frame, position_field, snapshot_frames, status_frame, text_frame
from streaming.history import History
from streaming.limits import REFUSALS_MAX, Bucket, TenantLimits
from streaming.refusals import (
    AnotherClient,
    CloseCode,
    SubscriptionExists,
    SubscriptionUnknown,
    TooManySubscriptions,
)
from streaming.socket import Socket
from streaming.subscriptions import Subscription
from streaming.threads import in_thread

logger = structlog.get_logger(__name__)

STEP_ITEMS: Final = 200
"""How many items are told in one go before others have their turn."""


@dataclass
class Running:
    """A subscription with the task that keeps it, from the catching up to its end."""

    subscription: Subscription
    channel: Channel | None
    task: "asyncio.Task[None]"


class Connection:
    """A client's socket with its subscriptions. Nothing here waits but in the coroutines."""

    def __init__(
        self, *, socket: Socket, visitor: door.Visitor, feed: Feed, history: History, limits: TenantLimits
    ) -> None:
        self.visitor = visitor
        self._socket = socket
        self._feed = feed
        self._history = history
        self._limits = limits
        self._frames = Bucket(
            per_second=settings.STREAM_FRAMES_PER_SECOND, at_once=settings.STREAM_FRAMES_AT_ONCE
        )
        self._refused = 0
        self._running: dict[int, Running] = {}
        self._room = asyncio.Event()
        self._room.set()
        socket.on_room = self._on_room

    # What the subscriptions write into.

    @property
    def is_full(self) -> bool:
        return self._socket.is_full

    def write_frame(self, frame: bytes) -> None:
        """Write a frame; nothing happens once the socket is closing."""
        self._socket.write_frame(frame)

    def end_slow(self, subscription: Subscription) -> None:
        """Close, telling up to where the reader of a subscription will have read."""
        self.end(CloseCode.SLOW_READER, f"SLOW_READER id={subscription.id} sequence={subscription.written}")

    def end(self, code: CloseCode, reason: str) -> None:
        """Close the socket behind what waits in it. What only waits in subscriptions is dropped."""
        if not self._socket.is_over:
            logger.info(
                "stream_closed", code=int(code), reason=reason, client_id=self.visitor.claims.client_id
            )
            self._socket.end(int(code), reason)

    def _on_room(self) -> None:
        for running in tuple(self._running.values()):
            running.subscription.flush()
        if not self.is_full:
            self._room.set()

    async def _drained(self) -> None:
        """Return when the socket takes more, after others had their turn."""
        await asyncio.sleep(0)
        while self.is_full and not self._socket.is_over:
            self._room.clear()
            await self._room.wait()

    # What the client asks.

    async def receive(self, raw: bytes) -> None:
        """Do what a frame asks, or tell why not."""
        try:
            self._take_frame()
            await self._do(parse_frame(raw))
            self._refused = 0
        except Refusal as refusal:
            self.write_frame(error_frame(refusal, frame_id=read_id(raw)))
            if isinstance(refusal, RateLimited):
                self._refused += 1
                if self._refused > REFUSALS_MAX:
                    self.end(CloseCode.TOO_MUCH, "RATE_LIMITED")

    def _take_frame(self) -> None:
        if not self._frames.take() or not self._limits.take_frame(self.visitor.client.tenant_id):
            raise RateLimited("There were more frames than the rate limit allows; this one was not read.")

    async def _do(self, asked: Asked) -> None:
        match asked:
            case Subscribe():
                self._subscribe(asked)
            case Unsubscribe():
                self._unsubscribe(asked.id)
            case Authenticate():
                await self._authenticate(asked)

    def _subscribe(self, asked: Subscribe) -> None:
        self.visitor.require(door.SCOPES[asked.topic])
        wanted = asked.wanted
        if asked.id in self._running:
            raise SubscriptionExists
        if len(self._running) >= settings.STREAM_SUBSCRIPTIONS_MAX:
            raise TooManySubscriptions(details={"subscriptionsMax": settings.STREAM_SUBSCRIPTIONS_MAX})
        subscription = Subscription(
            subscription_id=asked.id,
            topic=asked.topic,
            wanted=wanted,
            conflate_ms=asked.conflate_ms,
            heartbeat_seconds=asked.heartbeat_ms / 1000,
            tenant_id=self.visitor.client.tenant_id,
            outlet=self,
            events_waiting_max=settings.STREAM_EVENTS_WAITING_MAX,
        )
        task = asyncio.get_running_loop().create_task(self._keep(subscription, asked))
        self._running[asked.id] = Running(subscription, None, task)

    def _unsubscribe(self, subscription_id: int) -> None:
        running = self._running.pop(subscription_id, None)
        if running is None:
            raise SubscriptionUnknown
        if running.channel is not None:
            running.channel.leave(running.subscription)
        running.task.cancel()
        self.write_frame(status_frame("ended", subscription_id=subscription_id))

    async def _authenticate(self, asked: Authenticate) -> None:
        fresh = await in_thread(door.renew, self.visitor, asked.token)
        known = self.visitor.client
        if (fresh.client.tenant_id, fresh.client.client_id) != (known.tenant_id, known.client_id):
            raise AnotherClient
        self.visitor = fresh
        self.write_frame(
            status_frame("authenticated", subscription_id=asked.id, expiresAt=door.ends_at(fresh.claims))
        )
        for subscription_id, running in tuple(self._running.items()):
            try:
                fresh.require(door.SCOPES[running.subscription.topic])
            except Refusal as refusal:
                self._unsubscribe(subscription_id)
                self.write_frame(error_frame(refusal, frame_id=subscription_id))

    # What each subscription goes through.

    async def _keep(self, subscription: Subscription, asked: Subscribe) -> None:
        """Bring a subscription up to the present; then keep its channel for it until it ends."""
        refusal: Refusal
        try:
            with self._feed.using(subscription.topic, subscription.tenant_id) as channel:
                await self._feed.ready(channel, subscription.tenant_id)
                await self._begin(subscription, channel, asked)
                await self._catch_up(subscription, channel)
                self._running[subscription.id].channel = channel
                try:
                    await asyncio.get_running_loop().create_future()
                finally:
                    channel.leave(subscription)
        except Refusal as caught:
            refusal = caught
        except DatabaseError as error:
            logger.warning("stream_cannot_read", cause=str(error))
            refusal = DatabaseUnavailable()
        except Exception:
            logger.exception("stream_subscription_failed", topic=subscription.topic)
            refusal = InternalError()
        self._running.pop(subscription.id, None)
        self.write_frame(error_frame(refusal, frame_id=subscription.id))

    async def _begin(self, subscription: Subscription, channel: Channel, asked: Subscribe) -> None:
        """Set where a subscription begins; with a picture of the whole where it resumes nothing."""
        if subscription.topic == "events":
            if asked.resume is None:
                subscription.stand_at(channel.head)
            else:
                assert asked.resume.sequence is not None
                await self._history.check_resume(channel, asked.resume.sequence, subscription.tenant_id)
                subscription.stand_at(asked.resume.sequence)
            return
        clock = asked.resume.clock if asked.resume else None
        position = await self._history.find_resume(channel, clock, subscription.tenant_id) if clock else None
        if position is not None:
            subscription.stand_at(position)
            return
        picture = await self._history.picture(channel, subscription)
        for frame in snapshot_frames(
            subscription.id, topic=subscription.topic, clock=picture.clock, pictures=picture.parts
        ):
            await self._drained()
            self.write_frame(frame)
        subscription.stand_at(picture.clock)

    async def _catch_up(self, subscription: Subscription, channel: Channel) -> None:
        """Tell all that lies above the position, and join the channel when nothing does."""
        while True:
            await self._drained()
            if channel.covers(subscription.position):
                items = channel.since(subscription.position, limit=STEP_ITEMS)
                until = items[-1].sequence if items else subscription.position
                self._tell(subscription, items, until)
                if len(items) < STEP_ITEMS:
                    break
            else:
                found, until = await self._history.after(channel, subscription)
                self._tell(subscription, found, until)
        channel.join(subscription)
        self.write_frame(
            text_frame(
                b'{"op":"status","id":%d,"state":"live","topic":"%b",%b}'
                % (
                    subscription.id,
                    subscription.topic.encode(),
                    position_field(subscription.topic, subscription.position),
                )
            )
        )

    def _tell(self, subscription: Subscription, items: Sequence[Any], until: int) -> None:
        for item in items:
            is_seen = item.tenant_id in (None, subscription.tenant_id)
            if item.topic == subscription.topic and is_seen and is_wanted(subscription.wanted, item):
                subscription.take(item)
        if not self.is_full:
            subscription.flush()
        subscription.position = max(subscription.position, until)

    # What the process does with every connection.

    def beat(self, now: float) -> None:
        """Write the heartbeats that are due."""
        for running in tuple(self._running.values()):
            if running.channel is not None and running.subscription.is_live:
                running.subscription.beat(now=now, head=running.channel.told_up_to(running.subscription))

    def tell_status(self, state: str, **facts: Any) -> None:
        """Tell every subscription how the feed is."""
        for subscription_id in tuple(self._running):
            self.write_frame(status_frame(state, subscription_id=subscription_id, **facts))

    async def close(self) -> None:
        """End all subscriptions; the socket is gone."""
        self._room.set()
        tasks = [running.task for running in self._running.values()]
        for running in self._running.values():
            if running.channel is not None:
                running.channel.leave(running.subscription)
        self._running.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
