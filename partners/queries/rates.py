"""What a currency costs in another on a day, from the rates that were entered until then.

The latest entry of the pair counts; without one, the inverse of the latest entry the other way round; without
either, the way by USD, then by EUR, each leg found in the same manner.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from core.errors import Conflict
from core.money import CONTEXT
from partners.models import ExchangeRate

BY_WAY_OF: Final = ("USD", "EUR")


class ExchangeRateMissing(Conflict):
    code = "EXCHANGE_RATE_MISSING"
    message = "Nobody has entered an exchange rate between these currencies for this day or one before it."


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is in another, who said so, and from which day on."""

    rate: Decimal
    source: str
    valid_date: date


def get_rate(*, base: str, quote: str, on_date: date) -> Rate:
    """Return what one unit of `base` is in `quote` on a day, with up to 60 digits.

    By way of a third currency both sources are named, and the older of both days. Raises ExchangeRateMissing.
    """
    if base == quote:
        return Rate(Decimal(1), "same currency", on_date)
    found = _find_pair(base, quote, on_date)
    for middle in BY_WAY_OF:
        if found is not None:
            break
        if middle not in (base, quote):
            found = _find_by_way(base, middle, quote, on_date)
    if found is None:
        raise ExchangeRateMissing(details={"base": base, "quote": quote, "date": on_date.isoformat()})
    return found


def _find_by_way(base: str, middle: str, quote: str, on_date: date) -> Rate | None:
    first, second = _find_pair(base, middle, on_date), _find_pair(middle, quote, on_date)
    if first is None or second is None:
        return None
    return Rate(
        CONTEXT.multiply(first.rate, second.rate),
        first.source if first.source == second.source else f"{first.source}, {second.source}",
        min(first.valid_date, second.valid_date),
    )


def _find_pair(base: str, quote: str, on_date: date) -> Rate | None:
    direct = _find_latest(base, quote, on_date)
    if direct is not None:
        return Rate(direct.rate, direct.source, direct.valid_date)
    inverse = _find_latest(quote, base, on_date)
    if inverse is not None:
        return Rate(CONTEXT.divide(Decimal(1), inverse.rate), inverse.source, inverse.valid_date)
    return None


def _find_latest(base: str, quote: str, on_date: date) -> ExchangeRate | None:
    entered = ExchangeRate.objects.filter(base_id=base, quote_id=quote, valid_date__lte=on_date)
    return entered.order_by("-valid_date").first()
