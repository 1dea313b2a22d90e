"""What an answer means: delivered, tried again later, or given up; and when an endpoint is left in peace.

Decided from facts alone. Waiting times are in seconds.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, Literal

MINUTE, HOUR, DAY = 60, 3600, 86_400
RETRY_SECONDS: Final = (
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
"""From one attempt to the next. After the last of them a delivery is dead."""
JITTER: Final = 0.1
RETRY_AFTER_MOST_SECONDS: Final = DAY
HELD_BACK_MOST_SECONDS: Final = 15 * MINUTE

BREAKER_FAILURES: Final = 5
"""So many failures in a row open the breaker."""
BREAKER_SECONDS: Final = 5
BREAKER_MOST_SECONDS: Final = 60

DISABLED_AFTER: Final = timedelta(days=5)
GONE: Final = 410
OVERLOADED: Final = (429, 503)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery after an attempt; `retry_seconds` is 0 unless it is tried again."""

    state: Literal["delivered", "pending", "dead", "expired"]
    retry_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Health:
    """How an endpoint has been doing: failures in a row, since when, and until when it is left in peace."""

    failures: int = 0
    failing_since: datetime | None = None
    breaker_until: datetime | None = None


def is_delivered(status: int | None) -> bool:
    """Whether an answer of this status says that the event arrived."""
    return status is not None and 200 <= status < 300


def verdict(
    *,
    status: int | None,
    failed_before: int,
    retry_after_seconds: float | None,
    chance: float,
    lives_seconds: float | None,
) -> Verdict:
    """Decide on a delivery after one more attempt.

    `failed_before` counts the failures since the delivery was last put into the queue; `chance` in [0, 1)
    spreads retries by a tenth either way; `lives_seconds` is what is left of a short life.
    """
    if is_delivered(status):
        return Verdict("delivered")
    if status == GONE or failed_before >= len(RETRY_SECONDS):
        return Verdict("dead")
    wait = RETRY_SECONDS[failed_before] * (1 + JITTER * (2 * chance - 1))
    if retry_after_seconds is not None:
        wait = max(wait, min(retry_after_seconds, RETRY_AFTER_MOST_SECONDS))
    if lives_seconds is not None and wait >= lives_seconds:
        return Verdict("expired")
    return Verdict("pending", wait)


def health_after(
    health: Health, *, status: int | None, retry_after_seconds: float | None, at: datetime
) -> Health:
    """Return how the endpoint does after an attempt that ended `at`.

    Five failures in a row open the breaker, for longer each time that the one attempt after it fails too.
    An endpoint that says it is overloaded is left in peace for as long as it asks, up to 15 minutes.
    """
    if is_delivered(status):
        return Health()
    failures = health.failures + 1
    wait = 0.0
    if failures >= BREAKER_FAILURES:
        wait = min(BREAKER_SECONDS * 2.0 ** min(failures - BREAKER_FAILURES, 10), BREAKER_MOST_SECONDS)
    if status in OVERLOADED and retry_after_seconds is not None:
        wait = max(wait, min(retry_after_seconds, HELD_BACK_MOST_SECONDS))
    moments = [at + timedelta(seconds=wait)] if wait else []
    if health.breaker_until is not None:
        moments.append(health.breaker_until)
    return Health(failures, health.failing_since or at, max(moments, default=None))


def is_given_up(health: Health, *, at: datetime) -> bool:
    """Whether an endpoint has failed for so long that it is disabled."""
    return health.failing_since is not None and at - health.failing_since >= DISABLED_AFTER


def retry_after(value: str | None, *, at: datetime) -> float | None:
    """Return the seconds of a `Retry-After` (RFC 9110 section 10.2.3), None where it has no meaning."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - at).total_seconds()
    return seconds if math.isfinite(seconds) and seconds > 0 else None
