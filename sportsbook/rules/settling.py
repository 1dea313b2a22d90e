"""Settling a bet: from a score to the result of each leg, from the legs to the status and the payout of the
bet.

A leg has a result r, a void factor v, a dead-heat factor d and odds o; it multiplies the stake by
`f = v + (1 - v) * r * o * d`. A single pays `stake * f`, a multiple the product over its legs, rounded once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Final

from core.money import EXACT, divide_half_up

DEAD_HEAT_DECIMALS: Final = 6
"""Dead-heat factors are recorded with this many decimals."""


class MarketType(StrEnum):
    MATCH_RESULT = "match_result"
    TOTAL_GOALS = "total_goals"
    ASIAN_HANDICAP = "asian_handicap"


class LegStatus(StrEnum):
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    VOID = "void"
    HALF_WON = "half_won"
    HALF_LOST = "half_lost"


class BetStatus(StrEnum):
    WON = "won"
    LOST = "lost"
    VOID = "void"
    PART_WON = "part_won"
    PART_LOST = "part_lost"


class DeadHeatRule(StrEnum):
    """How places that are shared pay: a share of everything, or a share of the profit and the stake back."""

    SHARED = "shared"
    PROFIT_DIVIDED = "profit_divided"


_PAIRS: Final = {
    LegStatus.LOST: (0, Fraction(0)),
    LegStatus.WON: (1, Fraction(0)),
    LegStatus.VOID: (0, Fraction(1)),
    LegStatus.HALF_WON: (1, Fraction(1, 2)),
    LegStatus.HALF_LOST: (0, Fraction(1, 2)),
}
"""Result r and void factor v of every status; no other pair is legal."""

_HALVES: Final = frozenset({LegStatus.HALF_WON, LegStatus.HALF_LOST})


@dataclass(frozen=True, slots=True)
class SettledLeg:
    """A leg's odds and what became of it. `dead_heat` is the share it won, 1 where nobody tied."""

    odds: Decimal
    status: LegStatus
    dead_heat: Fraction = Fraction(1)
    dead_heat_rule: DeadHeatRule = DeadHeatRule.SHARED


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a bet became, and what it pays back, stake included."""

    status: BetStatus
    payout: Decimal


def settle(stake: Decimal, legs: Sequence[SettledLeg], scale: int) -> Verdict | None:
    """Return what the bet became, or None while it is open.

    A bet is lost as soon as one leg is, whatever the others become. It is open while any other leg is. With
    half results or a dead heat among its legs it is `part_won` if it pays more than the stake, else
    `part_lost`.
    """
    statuses = {leg.status for leg in legs}
    if LegStatus.LOST in statuses:
        return Verdict(BetStatus.LOST, find_payout(Decimal(0), (), scale))
    if LegStatus.OPEN in statuses:
        return None
    payout = find_payout(stake, legs, scale)
    if statuses == {LegStatus.VOID}:
        return Verdict(BetStatus.VOID, payout)
    if statuses & _HALVES or any(leg.dead_heat != 1 for leg in legs if leg.status is not LegStatus.VOID):
        return Verdict(BetStatus.PART_WON if payout > stake else BetStatus.PART_LOST, payout)
    return Verdict(BetStatus.WON, payout)


def find_payout(stake: Decimal, legs: Sequence[SettledLeg], scale: int) -> Decimal:
    """Return the stake times the factor of every leg, rounded once, half up, to the currency's scale."""
    numerator, denominator = stake, 1
    for leg in legs:
        above, below = _find_factor(leg)
        numerator = EXACT.multiply(numerator, above)
        denominator *= below
    return divide_half_up(numerator, denominator, scale)


def find_leg_statuses(
    market_type: MarketType, line: Decimal | None, home: int, away: int
) -> dict[str, LegStatus]:
    """Return what became of each outcome of a market at a final score, by the outcome's name.

    `line` is the goals of `total_goals` or the home team's handicap of `asian_handicap`, and None
    otherwise. A quarter line is half the stake on each neighbouring line. Raises ValueError for a line that
    is no quarter.
    """
    if market_type is MarketType.MATCH_RESULT:
        if line is not None:
            raise ValueError("a match result has no line")
        winner = "home" if home > away else "away" if away > home else "draw"
        return {
            name: LegStatus.WON if name == winner else LegStatus.LOST for name in ("home", "draw", "away")
        }
    quarters = _quarters_of(line)
    if market_type is MarketType.TOTAL_GOALS:
        ahead = 4 * (home + away) - quarters
        return {"over": _status_at(ahead), "under": _status_at(-ahead)}
    ahead = 4 * (home - away) + quarters
    return {"home": _status_at(ahead), "away": _status_at(-ahead)}


@lru_cache(maxsize=1024)
def dead_heat_of(recorded: Decimal) -> Fraction:
    """Return the share behind a dead-heat factor recorded with 6 decimals: 0.333333 is a third."""
    share = Fraction(recorded).limit_denominator(100)
    if round(share, DEAD_HEAT_DECIMALS) == Fraction(recorded):
        return share
    return Fraction(recorded)


def _find_factor(leg: SettledLeg) -> tuple[Decimal, int]:
    """Return f = v + (1 - v) * r * o * d as an exact numerator and a whole denominator."""
    result, void = _PAIRS[leg.status]
    share = leg.dead_heat
    if leg.dead_heat_rule is DeadHeatRule.PROFIT_DIVIDED:
        # The stake comes back whole and the profit is shared: o * d becomes 1 + (o - 1) * d.
        constant, slope = void + (1 - void) * result * (1 - share), (1 - void) * result * share
    else:
        constant, slope = void, (1 - void) * result * share
    denominator = constant.denominator * slope.denominator
    return (
        EXACT.add(
            Decimal(constant.numerator * slope.denominator),
            EXACT.multiply(leg.odds, Decimal(slope.numerator * constant.denominator)),
        ),
        denominator,
    )


def _quarters_of(line: Decimal | None) -> int:
    if line is None or line * 4 != int(line * 4):
        raise ValueError(f"{line} is not a line of whole quarters")
    return int(line * 4)


def _status_at(quarters_ahead: int) -> LegStatus:
    """Half a goal ahead wins; a quarter ahead wins one half of the stake and returns the other."""
    if quarters_ahead >= 2:
        return LegStatus.WON
    if quarters_ahead <= -2:
        return LegStatus.LOST
    return {1: LegStatus.HALF_WON, 0: LegStatus.VOID, -1: LegStatus.HALF_LOST}[quarters_ahead]


def reason_of(given: str, *, home: int | None, away: int | None) -> str:
    """Return why bets are settled, as partners read it: what staff gave as a reason, else the result itself.

    Without goals the result was taken back.
    """
    if given:
        return given
    return "The result was taken back." if home is None or away is None else f"The result is {home}-{away}."
