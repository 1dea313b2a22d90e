"""Signs of life in Valkey: what runs apart from the API says so, and readiness reads it."""

from typing import Final

import msgspec
import redis

from core import clock
from core.valkey import client

KEPT_SECONDS: Final = 60
_KEY: Final = "b2b:heartbeat:"


class Heartbeat(msgspec.Struct, frozen=True):
    """When somebody last said that it lives (seconds since 1970), and one number it has to tell."""

    at: float
    value: float = 0.0


def beat(name: str, *, value: float = 0.0) -> None:
    """Say that `name` lives. Never fails: without Valkey nobody hears it."""
    sign = Heartbeat(at=clock.now().timestamp(), value=value)
    try:
        client().set(_KEY + name, msgspec.json.encode(sign), ex=KEPT_SECONDS)
    except redis.RedisError:
        return


def find_heartbeat(name: str) -> Heartbeat | None:
    """Return the last sign of life within a minute. Raises redis.RedisError when Valkey is away."""
    found = client().get(_KEY + name)
    return msgspec.json.decode(found, type=Heartbeat) if isinstance(found, bytes) else None
