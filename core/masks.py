"""Masks: how a personal value is shown to somebody who has no need to know it.

Enough is left to tell two people apart in a list, too little to know or to write to one. Values come as the
model has them or as text, as an audit record has them.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

DOTS: Final = "\u2022\u2022\u2022"

Mask = Callable[[Any], str]


def mask_name(value: str) -> str:
    """Return the initials: `Ada Lovelace` is `A••• L•••`."""
    return " ".join(word[0] + DOTS for word in str(value).split()) or DOTS


def mask_email(value: str) -> str:
    """Return the first letter of the name and of the domain, and its ending: `a•••@e•••.com`."""
    name, _, domain = str(value).rpartition("@")
    host, _, ending = domain.rpartition(".")
    if not (name and host and ending):
        return DOTS
    return f"{name[0]}{DOTS}@{host[0]}{DOTS}.{ending}"


def mask_date(value: date | str) -> str:
    """Return the year alone: `1985-••-••`."""
    text = value.isoformat() if isinstance(value, date) else str(value)
    year = text[:4]
    return f"{year}-\u2022\u2022-\u2022\u2022" if year.isdigit() and len(year) == 4 else DOTS


def mask_phone(value: str) -> str:
    """Return the last two digits."""
    digits = [sign for sign in str(value) if sign.isdigit()]
    return f"{DOTS} {''.join(digits[-2:])}" if len(digits) > 4 else DOTS


def mask_all(value: Any) -> str:
    """Return nothing of the value."""
    return DOTS


def mask_each_email(value: Any) -> str:
    """Return a list of addresses, each masked."""
    return ", ".join(mask_email(each) for each in value)
