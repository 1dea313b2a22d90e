"""A lane for each endpoint: what waits for it in this process, and how much of it may be under way at once.

Lanes keep endpoints from each other. An endpoint gets as many requests at once as it takes, unless the pump
is short of slots: then those that answer fast keep theirs, and those that hang or fail are left with
one.
"""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from yarl import URL

from core.ids import typeid
from webhooks.guard import Reach, reach_of
from webhooks.keys import decrypt_secret
from webhooks.pumping.claiming import LEASE_SECONDS, Claimed, EndpointRow
from webhooks.retrying import BREAKER_FAILURES, Health

AHEAD: Final = 4
"""So many deliveries are taken for each that may be under way: the next are at hand when one ends."""
FIRST_ALLOWANCE: Final = 2
FAST_SECONDS, SLOW_SECONDS = 1.0, 2.0
SENT_WITHIN_SECONDS: Final = LEASE_SECONDS - 20
"""What was not begun by then is given back: the request must end within the lease."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is needed to send to an endpoint."""

    url: URL
    reach: Reach
    partner: str
    keys: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A leased delivery in this process, and when it came (monotonic seconds)."""

    claimed: Claimed
    since: float

    @property
    def may_be_sent(self) -> bool:
        age = time.monotonic() - self.since
        lives = self.claimed.lives_seconds
        return age < SENT_WITHIN_SECONDS and (lives is None or age < lives)


@dataclass(slots=True)
class Lane:
    """One endpoint in this process. `workers` counts the requests that are under way."""

    row: EndpointRow
    target: Target
    health: Health
    queue: deque[Held] = field(default_factory=deque)
    workers: int = 0
    allowance: int = FIRST_ALLOWANCE
    delivered_at: datetime | None = None
    has_more: bool = False
    """Whether more was due than there was room for."""
    is_unwritten: bool = False
    """Whether its health has changed since it was written down."""
    used_at: float = field(default_factory=time.monotonic)
    _sent_next_at: float = 0.0

    @classmethod
    def of(cls, row: EndpointRow) -> "Lane":
        return cls(row=row, target=target_of(row), health=row.health)

    @property
    def held(self) -> int:
        """How many deliveries are leased for it."""
        return self.workers + len(self.queue)

    def limit(self, *, is_scarce: bool) -> int:
        """How many requests may be under way at once."""
        if self.row.strict_order or self.health.failures >= BREAKER_FAILURES:
            return 1
        return min(self.row.concurrency, self.allowance) if is_scarce else self.row.concurrency

    def room(self, *, is_scarce: bool) -> int:
        """How many more deliveries to take."""
        if not self.row.is_active or self.health.failures >= BREAKER_FAILURES:
            return 1 - self.held if self.row.is_active else 0
        if self.row.strict_order:
            return 0 if self.held else self.row.concurrency * AHEAD
        return self._ahead(is_scarce=is_scarce) - self.held

    def is_hungry(self, *, is_scarce: bool) -> bool:
        """Whether half of what may be at hand has gone."""
        return self.held * 2 <= self._ahead(is_scarce=is_scarce)

    def _ahead(self, *, is_scarce: bool) -> int:
        ahead = self.limit(is_scarce=is_scarce) * AHEAD
        return ahead if self.row.rate_per_second is None else min(ahead, self.row.rate_per_second)

    def sort(self) -> None:
        """Put the queue of strict order into it; elsewhere what was due first comes first."""
        if self.row.strict_order:
            self.queue = deque(sorted(self.queue, key=lambda held: held.claimed.sequence))

    def learn(self, *, seconds: float, delivered: bool) -> None:
        """Note how long an attempt took and whether it arrived: the fast get more slots, the slow fewer."""
        if not delivered or seconds > SLOW_SECONDS:
            self.allowance = max(1, self.allowance // 2)
        elif seconds < FAST_SECONDS:
            self.allowance = min(self.row.concurrency, self.allowance + 1)

    def renew(self, row: EndpointRow) -> None:
        """Take over what the partner changed."""
        if row.url != self.row.url or row.secrets != self.row.secrets or row.is_test != self.row.is_test:
            self.target = target_of(row)
        if not self.is_unwritten:
            self.health = row.health
        self.row = row

    def seconds_to_wait(self) -> float:
        """Take the next place under the endpoint's rate limit; return how long to wait for it."""
        if self.row.rate_per_second is None:
            return 0.0
        moment = time.monotonic()
        due = max(moment, self._sent_next_at)
        self._sent_next_at = due + 1 / self.row.rate_per_second
        return due - moment

    def give_back(self) -> Sequence[UUID]:
        """Empty the queue; return what was in it."""
        found = [held.claimed.id for held in self.queue]
        self.queue.clear()
        return found


def target_of(row: EndpointRow) -> Target:
    """Return how to send to an endpoint. Raises core.encryption.NotReadable for secrets of another key."""
    url = URL(row.url)
    return Target(
        url=url,
        reach=reach_of(url.scheme, is_test=row.is_test),
        partner=typeid("ptr", row.partner_id),
        keys=tuple(decrypt_secret(secret, endpoint_id=row.id) for secret in row.secrets),
    )
