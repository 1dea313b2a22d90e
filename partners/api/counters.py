"""The cache that counts requests: one round trip to Valkey for each, and never a long wait for a dead one."""

import threading
import time
from typing import Any, Final

import redis
import structlog
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = structlog.get_logger(__name__)

REST_SECONDS: Final = 2.0
"""How long a store that did not answer is left alone; then one request looks, and only that one waits."""


class CounterClient(RedisCacheClient):
    """Counts in `add()` already, and gives the count to the `incr()` that django-ratelimit sends after it."""

    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, retry=Retry(NoBackoff(), 1), **options)
        self._counted = threading.local()
        self._is_away = False
        self._resting_until = 0.0
        # One client for good: making one for each request costs more than asking it.
        self._store: Any = self.get_client(write=True)

    def add(self, key: Any, value: int, timeout: Any) -> bool:
        """Raise the counter; return whether this made it, and with False remember the count for `incr()`.

        Whoever makes a counter says when it ends, in a second command that is sent once a window. A process
        that dies between the two leaves a few bytes behind, no wrong count: the window is part of the key.
        """
        self._counted.by_key = (key, None)
        if self._is_away:
            moment = time.monotonic()
            if moment < self._resting_until:
                return False
            self._resting_until = moment + REST_SECONDS
        try:
            count = int(self._store.incrby(key, value))
            if count == value and timeout is not None:
                self._store.expire(key, timeout)
        except (redis.RedisError, OSError) as error:
            self._is_away, self._resting_until = True, time.monotonic() + REST_SECONDS
            logger.warning("rate_limits_unavailable", cause=str(error))
            return False
        self._is_away = False
        self._counted.by_key = (key, count)
        return count == value

    def incr(self, key: Any, delta: int) -> int | None:
        """Return the count that `add()` has just made; None when the store did not answer."""
        counted, count = getattr(self._counted, "by_key", (None, None))
        return count if counted == key else None


class CounterCache(RedisCache):
    """The cache alias behind `RATELIMIT_USE_CACHE`; good for counting and nothing else."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = CounterClient
