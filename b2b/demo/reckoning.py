"""What bets and statements come to, computed with fractions and by other formulas than the platform's.

A quarter line is two bets of half the stake on the neighbouring lines; every line is won, lost or returned.
"""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

MULTI = "MULTI"


@dataclass(frozen=True, slots=True)
class Score:
    home: int
    away: int


@dataclass(frozen=True, slots=True)
class Pick:
    """What is bet on: an outcome of a market, on a fixture by competition, home and away."""

    fixture: tuple[str, str, str]
    market_type: str
    line: Fraction | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What a bet should have become."""

    status: str
    payout: Fraction


@dataclass(slots=True)
class Sums:
    """Stakes and payouts of a line of a statement."""

    stakes: Fraction = Fraction(0)
    payouts: Fraction = Fraction(0)
    bets: int = 0

    @property
    def revenue(self) -> Fraction:
        return self.stakes - self.payouts


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the commission plan; `to_date` is the first day it is no longer valid."""

    number: int
    rate: Fraction
    from_date: date
    to_date: date | None


LineKey = tuple[int, str, str]
"""Version of the plan, currency, and fixture id or MULTI."""


def read_scores(path: Path) -> dict[tuple[str, str, str], Score]:
    """Return the final score of every fixture of a season's file that has one."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
    scores: dict[tuple[str, str, str], Score] = {}
    for row in csv.DictReader(text.splitlines()):
        division, home, away, home_goals, away_goals = (
            (row.get(column) or "").strip() for column in ("Div", "HomeTeam", "AwayTeam", "FTHG", "FTAG")
        )
        if home_goals.isdigit() and away_goals.isdigit():
            scores[division, home, away] = Score(int(home_goals), int(away_goals))
    return scores


def settle(stake: Fraction, legs: Sequence[tuple[Pick, Fraction]], scores: Mapping[Any, Score]) -> Settled:
    """Return what a bet on legs (each with its odds taken) becomes at the final scores."""
    factors = [_factors(pick, odds, scores[pick.fixture]) for pick, odds in legs]
    means = (sum(each, Fraction(0)) / len(each) for each in factors)
    payout = round_half_up(stake * math.prod(means, start=Fraction(1)))
    if any(all(part == 0 for part in each) for each in factors):
        return Settled("lost", payout)
    if all(part == 1 for each in factors for part in each):
        return Settled("void", payout)
    if any(len(set(each)) > 1 for each in factors):
        return Settled("part_won" if payout > stake else "part_lost", payout)
    return Settled("won", payout)


def round_half_up(amount: Fraction, scale: int = 2) -> Fraction:
    """Round half away from zero."""
    size = math.floor(abs(amount) * 10**scale + Fraction(1, 2))
    return Fraction(size if amount >= 0 else -size, 10**scale)


def add_up(
    bets: Iterable[Mapping[str, Any]], versions: Sequence[Version], month: str, time_zone: str
) -> dict[LineKey, Sums]:
    """Return the lines of a month (2026-11) from bets as the API shows them, by when each was settled.

    A later revision counts by what it changed, in the month in which it came.
    """
    zone = ZoneInfo(time_zone)
    lines: defaultdict[LineKey, Sums] = defaultdict(Sums)
    for bet in bets:
        stake = Fraction(bet["stake"])
        fixture = bet["legs"][0]["fixtureId"] if len(bet["legs"]) == 1 else MULTI
        counted = (Fraction(0), Fraction(0))
        seen: set[LineKey] = set()
        for revision in sorted(bet["revisions"], key=lambda each: int(each["revision"])):
            before = counted
            payout = revision["payout"]
            counted = (Fraction(0), Fraction(0)) if payout is None else (stake, Fraction(payout))
            day = datetime.fromisoformat(revision["settledAt"]).astimezone(zone).date()
            if f"{day:%Y-%m}" != month:
                continue
            key = (_version_on(day, versions), bet["currency"], fixture)
            lines[key].stakes += counted[0] - before[0]
            lines[key].payouts += counted[1] - before[1]
            lines[key].bets += key not in seen
            seen.add(key)
    return dict(lines)


def charge(base: Fraction, conversion_rate: Fraction, commission_rate: Fraction, scale: int) -> Fraction:
    """Return a printed line of a statement: converted once, rounded once."""
    return round_half_up(base * conversion_rate * commission_rate, scale)


def _version_on(day: date, versions: Sequence[Version]) -> int:
    for version in versions:
        if version.from_date <= day and (version.to_date is None or day < version.to_date):
            return version.number
    return 0


def _factors(pick: Pick, odds: Fraction, score: Score) -> list[Fraction]:
    """Return what each part of the stake is multiplied by: the odds, 1 where it is returned, 0 where lost."""
    if pick.market_type == "match_result":
        winner = "draw" if score.home == score.away else "home" if score.home > score.away else "away"
        return [odds if pick.outcome == winner else Fraction(0)]
    line = pick.line
    if line is None:
        raise ValueError(f"a market of {pick.market_type} has a line")
    quarter = Fraction(1, 4)
    parts = [line] if (2 * line).denominator == 1 else [line - quarter, line + quarter]
    return [_part(pick, odds, score, part) for part in parts]


def _part(pick: Pick, odds: Fraction, score: Score, line: Fraction) -> Fraction:
    if pick.market_type == "total_goals":
        ahead = score.home + score.away - line
        ahead = ahead if pick.outcome == "over" else -ahead
    elif pick.market_type == "asian_handicap":
        ahead = score.home + line - score.away
        ahead = ahead if pick.outcome == "home" else -ahead
    else:
        raise ValueError(f"nobody knows how {pick.market_type} is settled")
    return odds if ahead > 0 else Fraction(1) if ahead == 0 else Fraction(0)
