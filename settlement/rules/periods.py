"""The months that statements are for, as a partner's calendar has them.

A month begins and ends at midnight in the partner's time zone, so in UTC it can begin on another day and
can be an hour longer or shorter than its days.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, Self
from zoneinfo import ZoneInfo

from core.errors import BadRequest

PLANS_SINCE: Final = date(2000, 1, 1)
PLAN_AHEAD_DAYS_MAX: Final = 731
"""How long before a plan begins it is agreed at most: two years."""
_WRITTEN: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class BadPeriod(BadRequest):
    code = "PERIOD_INVALID"
    message = "A period is a month written as YYYY-MM."


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; whose midnights bound it depends on the time zone asked about."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the month written as `YYYY-MM`. Raises BadPeriod for anything else.

        The calendar of Python ends with the year 9999, so no month of it has an end.
        """
        match = _WRITTEN.fullmatch(text)
        if match is None or int(match[1]) == 0:
            raise BadPeriod
        if int(match[1]) == date.max.year:
            raise BadPeriod(f"The month {text} lies in the future.")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, at: datetime, time_zone: str) -> Self:
        """Return the month that a moment falls in."""
        local = at.astimezone(ZoneInfo(time_zone))
        return cls(local.year, local.month)

    @property
    def start_date(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def end_date(self) -> date:
        """The first day after the month."""
        return date(self.year + self.month // 12, self.month % 12 + 1, 1)

    def bounds(self, time_zone: str) -> tuple[datetime, datetime]:
        """Return the first moment of the month and the first after it, in UTC."""
        return midnight(self.start_date, time_zone), midnight(self.end_date, time_zone)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"


def midnight(day: date, time_zone: str) -> datetime:
    """Return the moment a day begins in a time zone, in UTC."""
    # Where clocks skip midnight this is the moment they skip at; where they repeat it, the first of the two.
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
