"""What a season's file says: fixtures with odds and scores, and the rows that say nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from sportsbook.rules.settling import MarketType


@dataclass(frozen=True, slots=True)
class MarketOdds:
    """A market as a bookmaker quotes it: the odds of every outcome, by name."""

    type: MarketType
    line: Decimal | None
    bookmaker: str
    odds: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Score:
    home: int
    away: int


@dataclass(frozen=True, slots=True)
class SeasonFixture:
    """One row. The fixture is its division, season, home and away, whatever the kick-off.

    A closing handicap at another line than the opening one is another market.
    """

    line_number: int
    division: str
    season: str
    home: str
    away: str
    starts_at: datetime
    opening: tuple[MarketOdds, ...]
    closing: tuple[MarketOdds, ...]
    score: Score | None


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was left out; `column` is empty where it is about the row as a whole."""

    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}{f', {self.column}' if self.column else ''}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Season:
    """The fixtures of a file in its order, and the rows that were left out."""

    fixtures: tuple[SeasonFixture, ...]
    problems: tuple[RowProblem, ...]


def find_shift(fixtures: Sequence[SeasonFixture], first_kick_off_date: date) -> timedelta:
    """Return the whole days by which all kick-offs move so that the first one is on that date, in UTC."""
    if not fixtures:
        return timedelta(0)
    first = min(fixture.starts_at for fixture in fixtures)
    return timedelta(days=(first_kick_off_date - first.date()).days)


def shift_kick_offs(fixtures: Sequence[SeasonFixture], shift: timedelta) -> tuple[SeasonFixture, ...]:
    """Return the fixtures with every kick-off moved alike, so that the order and the gaps stay."""
    return tuple(replace(fixture, starts_at=fixture.starts_at + shift) for fixture in fixtures)
