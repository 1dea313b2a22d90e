"""Odds: which moves a player takes, and what the legs of a bet make together.

Odds are decimal and exact; the product over the legs keeps every digit, and only money is rounded.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from core.money import EXACT, round_half_up


class OddsChoice(StrEnum):
    """Which moves of the odds, from the odds seen, a player takes."""

    NONE = "none"
    HIGHER = "higher"
    LOWER = "lower"
    ANY = "any"


def is_taken(*, seen: Decimal, now: Decimal, choice: OddsChoice, tolerance: Decimal) -> bool:
    """Say whether a player who saw some odds takes the odds as they are now.

    The choice names the directions that are taken. A tolerance above 0 is the largest move taken in them,
    relative to the odds seen and inclusive (1.91 to 1.77 is 7.33 %); 0 sets no bound. With `none` no
    direction is named and the tolerance alone decides: without one, the odds must not have moved.
    """
    if now == seen:
        return True
    if choice is OddsChoice.NONE:
        return _is_within(seen, now, tolerance)
    if choice is not OddsChoice.ANY and (now > seen) != (choice is OddsChoice.HIGHER):
        return False
    return not tolerance or _is_within(seen, now, tolerance)


def multiply_odds(odds: Iterable[Decimal]) -> Decimal:
    """Return the exact product of the odds of all legs."""
    product = Decimal(1)
    for each in odds:
        product = EXACT.multiply(product, each)
    return product


def find_potential_payout(stake: Decimal, total_odds: Decimal, scale: int) -> Decimal:
    """Return what the bet pays if every leg wins, rounded once, half up, to the currency's scale."""
    return round_half_up(EXACT.multiply(stake, total_odds), scale)


def _is_within(seen: Decimal, now: Decimal, tolerance: Decimal) -> bool:
    return abs(EXACT.subtract(now, seen)) <= EXACT.multiply(tolerance, seen)
