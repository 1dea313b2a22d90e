"""One row of a season's file: every cell that is read is checked, and the first wrong one breaks the row."""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from core.money import ODDS_DECIMALS_MAX, ODDS_MAX
from sportsbook.rules.settling import MarketType
from sportsbook.season.columns import MarketColumns, OddsColumns
from sportsbook.season.facts import MarketOdds, Score, SeasonFixture

KICK_OFF_ZONE: Final = ZoneInfo("Europe/London")
KICK_OFF_DEFAULT: Final = time(15, 0)
NAME_LENGTH_MAX: Final = 80
GOALS_MAX: Final = 99
LINE_MAX: Final = Decimal(20)
YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2199

_DATE_FORMATS: Final = ("%d/%m/%Y", "%d/%m/%y")
_DIVISION: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_RESULTS: Final = {1: "H", 0: "D", -1: "A"}


class BrokenRow(Exception):
    """A cell makes its row unusable; `column` is empty where it is about the row as a whole."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column
        self.reason = reason


def read_cells(text: str, header: Sequence[str]) -> dict[str, str]:
    """Return the cells of a row by column. Raises BrokenRow."""
    try:
        cells = [cell.strip() for cell in next(csv.reader([text], strict=True))]
    except csv.Error as error:
        raise BrokenRow("", f"it is no row of columns ({error})") from error
    if len(cells) < len(header):
        raise BrokenRow("", f"it has {len(cells)} columns of {len(header)}")
    if any(cells[len(header) :]):
        raise BrokenRow("", f"it has more than {len(header)} columns")
    return {name: cell for name, cell in zip(header, cells, strict=False) if name}


def read_fixture(number: int, cells: dict[str, str], columns: Sequence[MarketColumns]) -> SeasonFixture:
    """Return the fixture of a row, its season unnamed. Raises BrokenRow for the first wrong cell."""
    home, away = _read_name(cells, "HomeTeam"), _read_name(cells, "AwayTeam")
    if home == away:
        raise BrokenRow("AwayTeam", "a team does not play itself")
    return SeasonFixture(
        line_number=number,
        division=_read_division(cells),
        season="",
        home=home,
        away=away,
        starts_at=_read_kick_off(cells),
        opening=tuple(_read_markets(cells, columns, closing=False)),
        closing=tuple(_read_markets(cells, columns, closing=True)),
        score=_read_score(cells),
    )


def _read_division(cells: dict[str, str]) -> str:
    if not _DIVISION.fullmatch(cells["Div"]):
        raise BrokenRow("Div", f"{cells['Div'][:NAME_LENGTH_MAX]!r} is no code of a division")
    return cells["Div"]


def _read_name(cells: dict[str, str], column: str) -> str:
    name = cells[column]
    if not name:
        raise BrokenRow(column, "it is empty")
    if len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise BrokenRow(column, f"{name[:NAME_LENGTH_MAX]!r} is no name")
    return name


def _read_kick_off(cells: dict[str, str]) -> datetime:
    written, clock = cells["Date"], cells.get("Time", "")
    for form in _DATE_FORMATS:
        try:
            day = datetime.strptime(written, form).date()  # noqa: DTZ007  (a date alone has no zone)
            break
        except ValueError:
            continue
    else:
        raise BrokenRow("Date", f"{written!r} is no date like 31/12/2025")
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise BrokenRow("Date", f"{written!r} is not in a year from {YEAR_MIN} to {YEAR_MAX}")
    try:
        at = datetime.strptime(clock, "%H:%M").time() if clock else KICK_OFF_DEFAULT  # noqa: DTZ007
    except ValueError as error:
        raise BrokenRow("Time", f"{clock!r} is no time like 15:00") from error
    return datetime.combine(day, at, tzinfo=KICK_OFF_ZONE).astimezone(UTC)


def _read_markets(
    cells: dict[str, str], columns: Iterable[MarketColumns], *, closing: bool
) -> Iterable[MarketOdds]:
    for market in columns:
        line = market.line
        if market.type is MarketType.ASIAN_HANDICAP:
            line = _read_line(cells, market.closing_line_column if closing else market.opening_line_column)
            if line is None:
                continue
        for candidate in market.closing if closing else market.opening:
            odds = _read_odds(cells, candidate)
            if odds is not None:
                yield MarketOdds(market.type, line, candidate.bookmaker, odds)
                break


def _read_odds(cells: dict[str, str], columns: OddsColumns) -> tuple[tuple[str, Decimal], ...] | None:
    """Return a bookmaker's whole set of odds, or None if a cell of it is empty."""
    if not all(cells[column] for _, column in columns.outcomes):
        return None
    return tuple((outcome, _read_decimal_odds(cells, column)) for outcome, column in columns.outcomes)


def _read_decimal_odds(cells: dict[str, str], column: str) -> Decimal:
    odds = _read_decimal(cells, column)
    if not 1 < odds <= ODDS_MAX or odds != round(odds, ODDS_DECIMALS_MAX):
        raise BrokenRow(column, f"{cells[column]!r} are no odds: they are above 1 with at most 6 decimals")
    return odds


def _read_line(cells: dict[str, str], column: str) -> Decimal | None:
    if not cells.get(column):
        return None
    line = _read_decimal(cells, column)
    if abs(line) > LINE_MAX or line * 4 != int(line * 4):
        raise BrokenRow(column, f"{cells[column]!r} is no handicap in quarters of a goal")
    return line if line else Decimal(0)


def _read_decimal(cells: dict[str, str], column: str) -> Decimal:
    written = cells[column]
    digits = written.removeprefix("-").replace(".", "", 1)
    if len(written) > 20 or not (digits.isascii() and digits.isdigit()):
        raise BrokenRow(column, f"{written[:20]!r} is no number")
    return Decimal(written)


def _read_score(cells: dict[str, str]) -> Score | None:
    home, away = cells.get("FTHG", ""), cells.get("FTAG", "")
    if not home and not away:
        return None
    score = Score(_read_goals(home, "FTHG"), _read_goals(away, "FTAG"))
    result = _RESULTS[(score.home > score.away) - (score.home < score.away)]
    if cells.get("FTR", "") not in ("", result):
        raise BrokenRow("FTR", f"{cells['FTR']!r} contradicts the score {score.home}-{score.away}")
    return score


def _read_goals(written: str, column: str) -> int:
    if not (written.isascii() and written.isdigit() and len(written) <= 4) or int(written) > GOALS_MAX:
        raise BrokenRow(column, f"{written!r} is no number of goals" if written else "it is empty")
    return int(written)
