"""The one clock.

Only the outermost layer (a view, a task, a command) asks for the time, and passes it in as `*_at`; rules and
services are told. Times are aware and in UTC, and leave the platform with milliseconds.
"""

import zoneinfo
from datetime import UTC, datetime
from functools import cache


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def instant_text(at: datetime) -> str:
    """Return a moment as RFC 3339 in UTC with milliseconds, cut and not rounded: `2026-03-01T12:00:00.000Z`.

    Raises ValueError for a time without a zone, since nobody can say which moment it is.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_time_zone(name: str) -> bool:
    """Return whether the IANA database has this name, as spelled there."""
    return name in _time_zones()


@cache
def _time_zones() -> frozenset[str]:
    """Return every name; reading them opens some 600 files."""
    return frozenset(zoneinfo.available_timezones())
