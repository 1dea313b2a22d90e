"""Whether the platform lives and whether it can work, for load balancers and people.

Readiness names each part and never waits longer than a second; it is 503 only without the database, since
bets go on without the rest.
"""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from typing import Final, TypeVar

import psycopg
import redis
from django.conf import settings
from django.db import connections
from django.http import HttpResponse

from core import clock
from core.api.answers import JsonAnswer
from core.api.bodies import Shown
from core.api.operation import operation
from core.api.views import PartnerRequest, PublicView
from core.heartbeats import Heartbeat, find_heartbeat
from core.valkey import client

WAIT_SECONDS: Final = 0.8
REMEMBERED_SECONDS: Final = 1.0
SILENT_AFTER_SECONDS: Final = 30.0
RELAY_SILENT_AFTER_SECONDS: Final = 5.0
STREAM_SILENT_AFTER_SECONDS: Final = 5.0
PUMP_SILENT_AFTER_SECONDS: Final = 10.0
RELAY_LATE_AFTER_SECONDS: Final = 5.0

Found = TypeVar("Found")

OK: Final = "ok"
AWAY: Final = "unavailable"
UNKNOWN: Final = "unknown"


class LiveView(Shown, frozen=True, kw_only=True, rename="camel"):
    status: str


class PartView(Shown, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    status: str
    note: str | None = None
    lag_seconds: float | None = None


class ReadyView(Shown, frozen=True, kw_only=True, rename="camel"):
    status: str
    parts: dict[str, PartView]


class Live(PublicView):
    """GET /health/live."""

    @operation(summary="Whether the process answers", answers={200: LiveView}, is_public=True)
    def get(self, request: PartnerRequest) -> HttpResponse:
        """Say that this process answers."""
        return JsonAnswer(LiveView(status="live"))


class Ready(PublicView):
    """GET /health/ready."""

    @operation(
        summary="Whether the platform can work, part by part",
        description="503 only without the database, else 200 with `status` `ready` or `degraded`.",
        answers={200: ReadyView, 503: ReadyView},
        is_public=True,
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        """Say which parts work."""
        found = _readiness.look()
        return JsonAnswer(found, status=503 if found.status == AWAY else 200)


class _Readiness:
    """Looks at each part at most once a second, whoever asks how often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._found: ReadyView | None = None
        self._hands = ThreadPoolExecutor(max_workers=4, thread_name_prefix="readiness")

    def look(self) -> ReadyView:
        with self._lock:
            if self._found is None or time.monotonic() - self._looked_at > REMEMBERED_SECONDS:
                self._found = self._look()
                self._looked_at = time.monotonic()
            return self._found

    def forget(self) -> None:
        """Look again at the next question."""
        with self._lock:
            self._found = None

    def _look(self) -> ReadyView:
        until = time.monotonic() + WAIT_SECONDS
        database = self._hands.submit(_database)
        cache = self._hands.submit(_valkey, settings.VALKEY_URL)
        broker = self._hands.submit(_valkey, settings.BROKER_URL)
        beats = self._hands.submit(_heartbeats)
        parts = {
            "database": _within(until, database, PartView(status=AWAY)),
            "cache": _within(until, cache, _cache_away()),
            "broker": _within(until, broker, PartView(status=AWAY)),
        }
        if parts["cache"].status == AWAY:
            parts["cache"] = _cache_away()
        nobody = (None, None, None, None)
        signs = _within(until, beats, nobody) if parts["cache"].status == OK else nobody
        workers, relay, stream, pump = signs
        silent = UNKNOWN if parts["cache"].status != OK else AWAY
        parts["workers"] = _workers(workers, silent)
        parts["relay"] = _relay(relay, silent)
        parts["stream"] = _stream(stream, silent)
        parts["webhooks"] = _webhooks(pump, silent)
        if parts["database"].status != OK:
            status = AWAY
        else:
            status = "ready" if all(part.status == OK for part in parts.values()) else "degraded"
        return ReadyView(status=status, parts=parts)


def _within(until: float, asked: "Future[Found]", otherwise: Found) -> Found:
    try:
        return asked.result(timeout=max(0.0, until - time.monotonic()))
    except (TookTooLong, redis.RedisError):
        return otherwise


def _database() -> PartView:
    """By a connection of its own: the thread's could be in the middle of something, or hang for long."""
    login = connections["default"].settings_dict
    try:
        with psycopg.connect(
            dbname=login["NAME"],
            user=login["USER"],
            password=login["PASSWORD"],
            host=login["HOST"],
            port=login["PORT"],
            application_name="b2b-readiness",
            connect_timeout=2,
            options="-c statement_timeout=1s",
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return PartView(status=AWAY)
    return PartView(status=OK)


def _valkey(url: str) -> PartView:
    try:
        client(url).ping()
    except redis.RedisError:
        return PartView(status=AWAY)
    return PartView(status=OK)


def _heartbeats() -> tuple[Heartbeat | None, Heartbeat | None, Heartbeat | None, Heartbeat | None]:
    return (
        find_heartbeat("workers"),
        find_heartbeat("relay"),
        find_heartbeat("stream"),
        find_heartbeat("pump"),
    )


def _cache_away() -> PartView:
    fail = (
        "open: requests are not counted" if settings.RATELIMIT_FAIL_OPEN else "closed: requests are refused"
    )
    return PartView(status=AWAY, note=f"rate limits fail {fail}")


def _workers(sign: Heartbeat | None, silent: str) -> PartView:
    if sign is None or _age_seconds(sign) > SILENT_AFTER_SECONDS:
        return PartView(status=silent)
    return PartView(status=OK)


def _relay(sign: Heartbeat | None, silent: str) -> PartView:
    if sign is None or _age_seconds(sign) > RELAY_SILENT_AFTER_SECONDS:
        return PartView(status=silent)
    late = sign.value > RELAY_LATE_AFTER_SECONDS
    return PartView(status="late" if late else OK, lag_seconds=round(sign.value, 3))


def _stream(sign: Heartbeat | None, silent: str) -> PartView:
    if sign is None or _age_seconds(sign) > STREAM_SILENT_AFTER_SECONDS:
        return PartView(status=silent)
    return PartView(status=OK)


def _webhooks(sign: Heartbeat | None, silent: str) -> PartView:
    if sign is None or _age_seconds(sign) > PUMP_SILENT_AFTER_SECONDS:
        return PartView(status=silent)
    return PartView(status=OK)


def _age_seconds(sign: Heartbeat) -> float:
    return clock.now().timestamp() - sign.at


_readiness = _Readiness()
