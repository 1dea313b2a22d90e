"""What the feed says later about a season that is loaded: closing odds, then results.

Each fixture has a transaction of its own, so that placements wait for one fixture at most, and an interrupted
file is simply given again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.errors import Refusal
from sportsbook.models import Fixture, FixtureStatus
from sportsbook.queries.feed import match_rows
from sportsbook.season import Score, Season, SeasonFixture
from sportsbook.services.odds import take_quotes
from sportsbook.services.results import enter_result


@dataclass(frozen=True, slots=True)
class OddsFollowed:
    """What closing odds did: fixtures by what became of them, and markets that changed."""

    quoted: int
    over: int
    without_odds: int
    unknown: tuple[SeasonFixture, ...]
    markets_changed: int


@dataclass(frozen=True, slots=True)
class ResultsEntered:
    """What a file's results did. `fixture_ids` are the fixtures that now have the file's score."""

    entered: int
    unchanged: int
    refused: tuple[tuple[SeasonFixture, Refusal], ...]
    unknown: tuple[SeasonFixture, ...]
    fixture_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Scored:
    row: SeasonFixture
    fixture: Fixture
    score: Score


def follow_closing_odds(*, season: Season, changed_at: datetime) -> OddsFollowed:
    """Give the fixtures of a file that are still ahead their closing odds."""
    over = without_odds = quoted = changed = 0
    unknown: list[SeasonFixture] = []
    for row, fixture in match_rows(season.fixtures):
        if fixture is None:
            unknown.append(row)
        elif fixture.status != FixtureStatus.SCHEDULED:
            over += 1
        elif not row.closing:
            without_odds += 1
        else:
            quoted += 1
            changed += take_quotes(
                fixture_id=fixture.id, quotes=row.closing, moment="closing", changed_at=changed_at
            )
    return OddsFollowed(quoted, over, without_odds, tuple(unknown), changed)


def enter_season_results(
    *, season: Season, until: date | None, rehearsal: bool, entered_by: str, entered_at: datetime
) -> ResultsEntered:
    """Enter the scores that a file has, of the fixtures that kick off up to a day (UTC), by kick-off.

    `until` is a day of the season as it is played here. A day before the first kick-off here that lies within
    the file's own days is taken as one of those.
    """
    unknown: list[SeasonFixture] = []
    scored: list[_Scored] = []
    for row, fixture in match_rows(season.fixtures):
        if fixture is None:
            unknown.append(row)
        elif row.score is not None:
            scored.append(_Scored(row, fixture, row.score))
    refused: list[tuple[SeasonFixture, Refusal]] = []
    done: list[UUID] = []
    entered = 0
    for each in sorted(_up_to(until, scored), key=lambda one: (one.fixture.starts_at, one.fixture.id)):
        try:
            result = enter_result(
                fixture_id=each.fixture.id,
                home=each.score.home,
                away=each.score.away,
                entered_by=entered_by,
                entered_at=entered_at,
                rehearsal=rehearsal,
            )
        except Refusal as refusal:
            refused.append((each.row, refusal))
        else:
            done.append(each.fixture.id)
            entered += result.number > each.fixture.result_number
    return ResultsEntered(entered, len(done) - entered, tuple(refused), tuple(unknown), tuple(done))


def _up_to(until: date | None, scored: Sequence[_Scored]) -> list[_Scored]:
    if until is None or not scored:
        return list(scored)
    days = [each.row.starts_at.date() for each in scored]
    first_here = min(each.fixture.starts_at.date() for each in scored)
    if until < first_here and min(days) <= until <= max(days):
        return [each for each in scored if each.row.starts_at.date() <= until]
    return [each for each in scored if each.fixture.starts_at.date() <= until]
