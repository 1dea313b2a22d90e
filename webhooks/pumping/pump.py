"""The pump: takes deliveries that are due, sends hundreds of them at once, and writes down what came of it.

It works in slices, as a task of Celery, and what is under way goes on from one slice into the next. To
endpoints it is fair: each gets its turn, none more than its share. Everything that matters is in PostgreSQL:
a pump that is killed loses nothing, and its successor sends again what it had taken.
"""

import asyncio
import random
import time
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import psycopg
import structlog
from django.conf import settings
from django.db import connections

from core import clock, heartbeats
from core.acting import acting
from core.encryption import NotReadable
from core.errors import NotFound
from webhooks import retrying
from webhooks.models import DisabledReason
from webhooks.pumping.bell import Ears
from webhooks.pumping.claiming import Claimed, EndpointRow, Result, Session
from webhooks.pumping.lanes import AHEAD, FIRST_ALLOWANCE, Held, Lane
from webhooks.pumping.message import make_body, make_headers, shown_headers
from webhooks.pumping.sending import Answer, Sender
from webhooks.services import disable_endpoint

logger = structlog.get_logger(__name__)

SWEEP_SECONDS: Final = 1.0
WRITE_SECONDS: Final = 0.05
"""Results wait so long for others, to be written together."""
HELD_MOST: Final = 2000
TAKEN_AT_ONCE: Final = 500
STOP_SECONDS: Final = 3.0
_LANE_KEPT_SECONDS: Final = 60.0
_RECONNECT_SECONDS: Final = 0.5


class Pump:
    """One pump, of one event loop. `run()` works for a while, again and again; `close()` at the end."""

    def __init__(self, *, sender: Sender | None = None) -> None:
        self._sender = sender or Sender()
        self._token = uuid4()
        self._session: Session | None = None
        self._lanes: dict[UUID, Lane] = {}
        self._results: list[Result] = []
        self._released: list[UUID] = []
        self._disabled: dict[UUID, DisabledReason] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._in_use = 0
        self._slots = asyncio.Semaphore(settings.WEBHOOK_SLOTS)
        self._stir = asyncio.Event()
        self._ears = Ears(self._hear)
        self._listening: asyncio.Task[None] | None = None
        self._may_be_more = True
        self._swept_at = 0.0
        self._is_stopping = False

    def stop(self) -> None:
        """End `run()` soon. To be called in the loop's thread."""
        self._is_stopping = True
        self._stir.set()

    async def run(self, *, seconds: float) -> None:
        """Pump for some seconds, and on while Valkey is away, for then nobody could start the next slice."""
        if self._listening is None:
            self._listening = asyncio.create_task(self._ears.run())
        until = time.monotonic() + seconds
        while not self._is_stopping and (time.monotonic() < until or not self._ears.hears):
            try:
                await self._turn()
            except psycopg.Error as error:
                logger.warning("pump_interrupted", cause=str(error))
                await self._hang_up()
                await asyncio.sleep(_RECONNECT_SECONDS)
            if time.monotonic() > until + settings.WEBHOOK_SLICE_SECONDS_MOST:
                break
        with suppress(psycopg.Error):
            await self._write()

    async def close(self) -> None:
        """Wait a little for what is under way, write it down, give back the rest, and close everything."""
        self._is_stopping = True
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)
        for lane in self._lanes.values():
            self._released += lane.give_back()
        with suppress(psycopg.Error):
            await self._write()
        for task in [*self._under_way, *([self._listening] if self._listening else [])]:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self._sender.close()
        await self._hang_up()

    def _hear(self) -> None:
        self._may_be_more = True
        self._stir.set()

    async def _turn(self) -> None:
        """Write, sweep, take, and wait until there is something to do."""
        if self._session is None:
            self._session = await Session.open(self._token)
        if not await self._session.lead():
            await asyncio.sleep(SWEEP_SECONDS)
            return
        await self._write()
        if time.monotonic() - self._swept_at >= SWEEP_SECONDS:
            await self._sweep(self._session)
        taken = await self._take(self._session) if self._may_be_more else 0
        self._stir.clear()
        if not (taken or self._results or self._may_be_more):
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._swept_at + SWEEP_SECONDS - time.monotonic())):
                    await self._stir.wait()
            if self._was_called():
                return
        # What comes of the attempts meanwhile is written together.
        await asyncio.sleep(WRITE_SECONDS / 2 if taken else WRITE_SECONDS)

    def _was_called(self) -> bool:
        return self._may_be_more

    async def _write(self) -> None:
        """Write down results, healths and what is given back, in this order; what fails is kept."""
        if self._session is None:
            return
        while batch := self._results[:TAKEN_AT_ONCE]:
            await self._session.record(batch)
            del self._results[: len(batch)]
        unwritten = {id_: lane for id_, lane in self._lanes.items() if lane.is_unwritten}
        if unwritten:
            written = {id_: (lane.health, lane.delivered_at) for id_, lane in unwritten.items()}
            for lane in unwritten.values():
                lane.is_unwritten = False
            await self._session.write_health(written)
        if released := self._released[:]:
            await self._session.release(released)
            del self._released[: len(released)]
        for endpoint_id, why in list(self._disabled.items()):
            await asyncio.to_thread(_disable, self._lanes[endpoint_id].row, why)
            del self._disabled[endpoint_id]

    async def _hang_up(self) -> None:
        """Leave the connection, whatever state it is in."""
        session, self._session = self._session, None
        if session is not None:
            with suppress(psycopg.Error):
                await session.close()

    async def _sweep(self, session: Session) -> None:
        freed = await session.sweep()
        if freed:
            logger.info("pump_took_over", deliveries=freed)
        moment = self._swept_at = time.monotonic()
        self._may_be_more = True
        for endpoint_id, lane in list(self._lanes.items()):
            if not lane.held and not lane.is_unwritten and moment - lane.used_at > _LANE_KEPT_SECONDS:
                del self._lanes[endpoint_id]
        await self._renew(session, list(self._lanes))
        for lane in self._lanes.values():
            if not lane.row.is_active:
                self._released += lane.give_back()
        if self._ears.hears:
            await asyncio.to_thread(heartbeats.beat, "pump")

    async def _renew(self, session: Session, ids: list[UUID]) -> None:
        """Read endpoints again; open lanes for those that have none."""
        for row in await session.endpoints(ids) if ids else ():
            lane = self._lanes.get(row.id)
            try:
                if lane is None:
                    self._lanes[row.id] = Lane.of(row)
                else:
                    lane.renew(row)
            except NotReadable:
                logger.exception("webhook_secret_unreadable", endpoint_id=str(row.id))

    async def _take(self, session: Session) -> int:
        """Lease what is due and hand it to the lanes; return how many there were."""
        free = min(TAKEN_AT_ONCE, HELD_MOST - sum(lane.held for lane in self._lanes.values()))
        if free <= 0:
            return 0
        rooms = {id_: max(0, lane.room(is_scarce=self._is_scarce)) for id_, lane in self._lanes.items()}
        first_room = FIRST_ALLOWANCE * AHEAD
        claimed = await session.claim(rooms, first_room=first_room, count=free)
        unknown = {each.endpoint_id for each in claimed} - self._lanes.keys()
        if unknown:
            await self._renew(session, list(unknown))
        taken: dict[UUID, int] = {}
        moment = time.monotonic()
        for each in claimed:
            taken[each.endpoint_id] = taken.get(each.endpoint_id, 0) + 1
            lane = self._lanes.get(each.endpoint_id)
            if lane is None:
                self._released.append(each.id)
                continue
            lane.used_at = moment
            lane.queue.append(Held(each, moment))
        self._may_be_more = len(claimed) == free
        for endpoint_id, lane in self._lanes.items():
            room, count = rooms.get(endpoint_id, first_room), taken.get(endpoint_id, 0)
            if room:
                lane.has_more = count >= room
            if count:
                lane.sort()
                self._employ(lane)
        return len(claimed)

    @property
    def _is_scarce(self) -> bool:
        return bool(self._in_use * 2 > settings.WEBHOOK_SLOTS)

    def _employ(self, lane: Lane) -> None:
        """Start as many workers as the lane may have and has work for."""
        wanted = min(lane.limit(is_scarce=self._is_scarce), lane.held)
        while lane.workers < wanted:
            lane.workers += 1
            task = asyncio.create_task(self._work(lane))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _work(self, lane: Lane) -> None:
        try:
            while lane.queue and lane.workers <= lane.limit(is_scarce=self._is_scarce):
                held = lane.queue.popleft()
                if not held.may_be_sent or self._is_stopping:
                    self._released.append(held.claimed.id)
                    continue
                if wait := lane.seconds_to_wait():
                    await asyncio.sleep(wait)
                async with self._slots:
                    self._in_use += 1
                    try:
                        await self._deliver(lane, held.claimed)
                    finally:
                        self._in_use -= 1
                if lane.has_more and lane.is_hungry(is_scarce=self._is_scarce):
                    self._may_be_more = True
        except Exception:
            # The lease ends by itself, and the delivery is sent again.
            logger.exception("delivery_broke", endpoint_id=str(lane.row.id))
        finally:
            lane.workers -= 1
            self._may_be_more = self._may_be_more or lane.has_more
            self._stir.set()

    async def _deliver(self, lane: Lane, claimed: Claimed) -> None:
        if claimed.data is None:
            answer = Answer(started_at=clock.now(), duration_ms=0, error="event_forgotten")
            self._results.append(Result(claimed.id, "dead", 0.0, answer, "{}", ""))
            self._stir.set()
            return
        target, url = lane.target, lane.row.url
        body = make_body(claimed, partner=target.partner)
        headers = make_headers(claimed, target, body)
        answer = await self._sender.send(target.url, reach=target.reach, headers=headers, body=body)
        self._judge(lane, claimed, answer, shown_headers(headers), url)

    def _judge(self, lane: Lane, claimed: Claimed, answer: Answer, request_headers: str, url: str) -> None:
        """Decide what becomes of the delivery and of its endpoint."""
        at = clock.now()
        asked = retrying.retry_after(answer.header("retry-after"), at=at)
        verdict = retrying.verdict(
            status=answer.status,
            failed_before=claimed.failed_before,
            retry_after_seconds=asked,
            chance=random.random(),  # noqa: S311 - spreads retries
            lives_seconds=claimed.lives_seconds,
        )
        self._results.append(
            Result(claimed.id, verdict.state, verdict.retry_seconds, answer, request_headers, url)
        )
        self._stir.set()
        delivered = retrying.is_delivered(answer.status)
        lane.learn(seconds=answer.duration_ms / 1000, delivered=delivered)
        health = retrying.health_after(lane.health, status=answer.status, retry_after_seconds=asked, at=at)
        if delivered:
            self._note_delivered(lane, at)
        if health != lane.health:
            lane.health, lane.is_unwritten = health, True
        if delivered:
            return
        if answer.status == retrying.GONE:
            self._disabled[lane.row.id] = DisabledReason.GONE
        elif retrying.is_given_up(health, at=at):
            self._disabled[lane.row.id] = DisabledReason.FAILING
        if health.breaker_until or lane.row.strict_order or lane.row.id in self._disabled:
            self._released += lane.give_back()

    def _note_delivered(self, lane: Lane, at: datetime) -> None:
        """Have the moment written down, though not more often than each few seconds."""
        last = lane.delivered_at or lane.row.last_delivered_at
        if last is None or (at - last).total_seconds() > settings.WEBHOOK_SEEN_SECONDS:
            lane.delivered_at, lane.is_unwritten = at, True


def _disable(row: EndpointRow, why: DisabledReason) -> None:
    """Disable an endpoint by the service, on a connection of this thread."""
    try:
        with acting("webhooks.pump"):
            disable_endpoint(tenant_id=row.tenant_id, endpoint_id=row.id, disabled_at=clock.now(), why=why)
    except NotFound:
        logger.info("webhook_endpoint_gone", endpoint_id=str(row.id))
    finally:
        connections.close_all()
