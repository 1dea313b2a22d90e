"""How much one tenant may take of this process: connections, and frames a second."""

import time
from collections import Counter
from typing import Final
from uuid import UUID

from django.conf import settings

from streaming.refusals import TooManyConnections

REFUSALS_MAX: Final = 100
"""How many frames in a row may come too quickly before the connection is closed."""


class Bucket:
    """So many a second, with so many at once after a quiet time."""

    def __init__(self, *, per_second: float, at_once: float) -> None:
        self._per_second = per_second
        self._at_once = at_once
        self._left = at_once
        self._filled_at = time.monotonic()

    def take(self) -> bool:
        """Whether one more is within the limit."""
        moment = time.monotonic()
        self._left = min(self._at_once, self._left + (moment - self._filled_at) * self._per_second)
        self._filled_at = moment
        if self._left < 1:
            return False
        self._left -= 1
        return True


class TenantLimits:
    """What the tenants of this process use at the moment."""

    def __init__(self) -> None:
        self._connections: Counter[UUID] = Counter()
        self._frames: dict[UUID, Bucket] = {}

    @property
    def connections(self) -> int:
        return self._connections.total()

    def enter(self, tenant_id: UUID) -> None:
        """Count one more connection. Raises TooManyConnections."""
        if self._connections[tenant_id] >= settings.STREAM_CONNECTIONS_MAX:
            raise TooManyConnections(details={"connectionsMax": settings.STREAM_CONNECTIONS_MAX})
        self._connections[tenant_id] += 1

    def leave(self, tenant_id: UUID) -> None:
        """Count one connection less."""
        self._connections[tenant_id] -= 1
        if not self._connections[tenant_id]:
            del self._connections[tenant_id]
            self._frames.pop(tenant_id, None)

    def take_frame(self, tenant_id: UUID) -> bool:
        """Whether one more frame of this tenant, over all its connections, is within the limit."""
        bucket = self._frames.get(tenant_id)
        if bucket is None:
            bucket = self._frames[tenant_id] = Bucket(
                per_second=settings.STREAM_FRAMES_PER_SECOND_TENANT,
                at_once=2 * settings.STREAM_CONNECTIONS_MAX,
            )
        return bucket.take()
