"""Between which days a date can lie that somebody enters; a year mistyped (0026, 2206) is caught here."""

from datetime import date, timedelta
from typing import Final

from core.errors import BadRequest

EARLIEST: Final = date(1900, 1, 2)
"""Nothing that is kept about a partner is older; the constraints of the tables say so too."""
AHEAD_DAYS_MAX: Final = 50 * 366
"""No licence or document is given for longer."""


class DayInvalid(BadRequest):
    """A date lies where it cannot."""

    code = "DAY_INVALID"
    message = "This day cannot be."


def check_day(
    day: date, *, field: str, today: date, ahead_days: int = AHEAD_DAYS_MAX, since: date = EARLIEST
) -> date:
    """Return a day that lies so many days ahead at most; `field` has it in the form. Raises DayInvalid."""
    if not since <= day <= today + timedelta(days=ahead_days):
        raise DayInvalid(f"{day} cannot be: check the year.", details={"field": field})
    return day


def check_past(day: date | None, *, field: str, today: date, since: date = EARLIEST) -> None:
    """Raise DayInvalid for a day that has not come, or lies before `since`; `field` has it in the form."""
    if day is None:
        return
    if day > today:
        raise DayInvalid(f"{day} has not come yet.", details={"field": field})
    if day < since:
        # Without saying since when: that may be the day on which somebody was born.
        raise DayInvalid(f"{day} is too long ago: check the year.", details={"field": field})


def check_end(day: date | None, *, field: str, today: date) -> None:
    """Raise DayInvalid for a last day that lies too far ahead, or before anything that is kept."""
    if day is not None and not EARLIEST <= day <= today + timedelta(days=AHEAD_DAYS_MAX):
        raise DayInvalid(f"{day} is no last day: check the year.", details={"field": field})
