"""A season's file as a whole: its header, its rows, the name of the season, and fixtures that come twice."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sportsbook.season.columns import find_market_columns
from sportsbook.season.facts import RowProblem, Season, SeasonFixture
from sportsbook.season.rows import BrokenRow, read_cells, read_fixture

SEASON_STARTS_MONTH: Final = 7
SEASON_DAYS_ASIDE: Final = 120
"""How far from its twelve months a season's fixtures can be, early or late."""

_NEEDED: Final = ("Div", "Date", "HomeTeam", "AwayTeam")


class SeasonUnreadable(ValueError):
    """The file is not a season at all: it has no header, another encoding, or no text."""


def read_season(content: bytes) -> Season:
    """Return the fixtures of a file and its broken rows. Raises SeasonUnreadable for a file that is none."""
    lines = _decode(content).split("\n")
    header = _read_header(lines)
    columns = find_market_columns(header)
    problems: list[RowProblem] = []
    fixtures: list[SeasonFixture] = []
    for number, text in enumerate(lines[1:], start=2):
        if not text.strip(", \t"):
            continue
        try:
            fixtures.append(read_fixture(number, read_cells(text, header), columns))
        except BrokenRow as broken:
            problems.append(RowProblem(number, broken.column, broken.reason))
    named, outside = _name_seasons(fixtures)
    kept, repeated = _drop_repeated(named)
    problems = sorted([*problems, *outside, *repeated], key=lambda problem: problem.line)
    return Season(tuple(kept), tuple(problems))


def _decode(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SeasonUnreadable(f"The file is not UTF-8 text (byte {error.start}).") from error
    if "\0" in text:
        raise SeasonUnreadable("The file is not text: it contains a zero byte.")
    return text


def _read_header(lines: Sequence[str]) -> list[str]:
    if not any(lines):
        raise SeasonUnreadable("The file is empty.")
    try:
        header = [name.strip() for name in next(csv.reader([lines[0]], strict=True), [])]
    except csv.Error as error:
        raise SeasonUnreadable(f"The first line is no header ({error}).") from error
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise SeasonUnreadable(f"The first line is no header: there is no column {', '.join(missing)}.")
    doubled = [name for name, count in Counter(header).items() if name and count > 1]
    if doubled:
        raise SeasonUnreadable(f"The header has the column {', '.join(doubled)} more than once.")
    return header


def _name_seasons(fixtures: Sequence[SeasonFixture]) -> tuple[list[SeasonFixture], list[RowProblem]]:
    """Name each division's season after the year in which most of its fixtures' seasons begin.

    A season that runs late, into the next July, thus keeps its name. Dates far outside it are slips of a pen.
    """
    years: dict[str, Counter[int]] = {}
    for fixture in fixtures:
        years.setdefault(fixture.division, Counter())[_season_year(fixture.starts_at)] += 1
    named: list[SeasonFixture] = []
    problems: list[RowProblem] = []
    for fixture in fixtures:
        counted = years[fixture.division]
        year = min(counted, key=lambda each: (-counted[each], each))
        start, aside = datetime(year, SEASON_STARTS_MONTH, 1, tzinfo=UTC), timedelta(days=SEASON_DAYS_ASIDE)
        season = f"{year}-{(year + 1) % 100:02}"
        if start - aside <= fixture.starts_at < start + timedelta(days=365) + aside:
            named.append(replace(fixture, season=season))
        else:
            reason = f"{fixture.starts_at:%d/%m/%Y} is far outside the season {season}"
            problems.append(RowProblem(fixture.line_number, "Date", reason))
    return named, problems


def _season_year(starts_at: datetime) -> int:
    return starts_at.year if starts_at.month >= SEASON_STARTS_MONTH else starts_at.year - 1


def _drop_repeated(fixtures: Sequence[SeasonFixture]) -> tuple[list[SeasonFixture], list[RowProblem]]:
    """Keep the first row of each fixture."""
    first: dict[tuple[str, str, str, str], SeasonFixture] = {}
    problems: list[RowProblem] = []
    for fixture in fixtures:
        key = (fixture.division, fixture.season, fixture.home, fixture.away)
        kept = first.setdefault(key, fixture)
        if kept is not fixture:
            problems.append(
                RowProblem(fixture.line_number, "", f"the fixture is on line {kept.line_number} already")
            )
    return list(first.values()), problems
