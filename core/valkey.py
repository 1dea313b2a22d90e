"""The process's clients of Valkey, for what the cache framework does not do: bells and heartbeats."""

from functools import cache

import redis
from django.conf import settings


@cache
def client(url: str | None = None) -> redis.Redis:
    """Return this process's client, by default of the database of the caches; it gives up quickly.

    Raises redis.RedisError from its calls when Valkey is away.
    """
    timeout = min(settings.VALKEY_TIMEOUT_SECONDS, 0.3)
    return redis.Redis.from_url(
        url or settings.VALKEY_URL,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=None,
        retry_on_timeout=False,
    )
