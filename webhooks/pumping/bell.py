"""The pump's bell: the relay rings it when events were numbered, so that nobody waits for the next sweep."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import redis
import redis.asyncio
import structlog
from django.conf import settings

from core.numbering import NumberedEvent, NumberedFact
from core.valkey import client

logger = structlog.get_logger(__name__)

BELL: Final = "b2b:pump-bell"
_DEAF_SECONDS: Final = 1.0


def ring_pump(events: Sequence[NumberedEvent], _facts: Sequence[NumberedFact]) -> None:
    """A bell of the relay: wake the pump. Raises redis.RedisError when Valkey is away."""
    if events:
        client().publish(BELL, b"")


class Ears:
    """Listens for the bell as long as it runs; `hears` says whether Valkey is there."""

    def __init__(self, wake: Callable[[], object]) -> None:
        self.hears = False
        self._wake = wake

    async def run(self) -> None:
        """Call `wake` at each ring, until cancelled, through restarts of Valkey."""
        while True:
            began = time.monotonic()
            try:
                await self._listen()
            except (redis.RedisError, OSError) as error:
                if self.hears:
                    logger.warning("pump_hears_no_bell", cause=str(error))
            self.hears = False
            await asyncio.sleep(max(0.0, began + _DEAF_SECONDS - time.monotonic()))

    async def _listen(self) -> None:
        # Waiting has no end: a timeout of the socket would break it off.
        async with (
            redis.asyncio.Redis.from_url(
                settings.VALKEY_URL, socket_timeout=None, socket_connect_timeout=1, health_check_interval=0
            ) as valkey,
            valkey.pubsub() as ears,
        ):
            await ears.subscribe(BELL)
            self.hears = True
            self._wake()
            async for _heard in ears.listen():
                self._wake()
