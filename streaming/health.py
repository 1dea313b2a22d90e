"""Whether this process tells what happens in time: for load balancers, and for those who listen."""

import time
from typing import Final

import redis

from core import clock
from core.api.answers import json_bytes
from core.heartbeats import find_heartbeat
from streaming.feed import Feed

Answer = tuple[int, str, bytes, dict[str, str]]
"""Status, media type, body and further headers of an HTTP answer."""

LATE_SECONDS: Final = 5.0
"""How long the database or the relay may be silent before listeners are told that the feed is late."""


class Lateness:
    """Remembers whether listeners believe that the feed is late, and why."""

    def __init__(self) -> None:
        self._cause = ""

    def look(self, *, swept_at: float) -> tuple[str, str] | None:
        """Return what listeners must be told now: `("late", cause)`, `("live", "")` or nothing."""
        cause = _cause(swept_at)
        if cause == self._cause:
            return None
        self._cause = cause
        return ("late", cause) if cause else ("live", "")


def ready(feed: Feed, *, connections: int) -> Answer:
    """Answer GET /health/ready of the stream's process: 503 while it cannot read what happened."""
    is_ready = time.monotonic() - feed.swept_at <= LATE_SECONDS
    shown = {"status": "ready" if is_ready else "unavailable", "connections": connections}
    return 200 if is_ready else 503, "application/json", json_bytes(shown), {}


def _cause(swept_at: float) -> str:
    if time.monotonic() - swept_at > LATE_SECONDS:
        return "database"
    try:
        sign = find_heartbeat("relay")
    except redis.RedisError:
        # Nobody can say how the relay does; what it numbers is found in the database each second.
        return ""
    if sign is None or clock.now().timestamp() - sign.at > LATE_SECONDS or sign.value > LATE_SECONDS:
        return "relay"
    return ""
