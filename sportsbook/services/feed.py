"""Seasons from the feed, loaded with their fixtures, markets and opening odds.

A fixture of the feed is its competition, season, home and away team, whatever its kick-off: loading a file
twice loads it once. A season that was played to its end is loaded anew as the next edition, and from then on
the feed's odds and results are for that one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from core.errors import Conflict
from sportsbook.events.fixtures import STATUS
from sportsbook.models import (
    Competition,
    Fixture,
    FixtureStatus,
    Leg,
    LegStatus,
    Market,
    MarketStatus,
    Sport,
)
from sportsbook.queries.feed import by_season, find_edition, find_fixtures
from sportsbook.season import Season, SeasonFixture, find_shift, shift_kick_offs
from sportsbook.services.locks import lock_fixtures, lock_season
from sportsbook.services.odds import add_markets
from sportsbook.services.telling import tell_fixtures, tell_markets

SPORT: Final = ("football", "Football")
COMPETITION_NAMES: Final = {
    "E0": "Premier League",
    "E1": "Championship",
    "E2": "League One",
    "E3": "League Two",
    "EC": "National League",
    "SC0": "Scottish Premiership",
    "SC1": "Scottish Championship",
    "SC2": "Scottish League One",
    "SC3": "Scottish League Two",
    "D1": "Bundesliga",
    "D2": "2. Bundesliga",
    "I1": "Serie A",
    "I2": "Serie B",
    "SP1": "La Liga",
    "SP2": "La Liga 2",
    "F1": "Ligue 1",
    "F2": "Ligue 2",
    "N1": "Eredivisie",
    "B1": "Belgian Pro League",
    "P1": "Primeira Liga",
    "T1": "Super Lig",
    "G1": "Super League Greece",
    "S0": "Sample League",
}
"""What the feed's divisions are called; any other is called by its code."""

NEVER_PLAYED: Final = (FixtureStatus.CANCELLED, FixtureStatus.ABANDONED)
ENDED: Final = (FixtureStatus.FINISHED, *NEVER_PLAYED)


class SeasonHasOpenBets(Conflict):
    """Bets are open on the season as it stands, so it cannot be put aside for a new one."""

    code = "SEASON_HAS_OPEN_BETS"
    message = "The season still has open bets; settle them before it is loaded anew."


@dataclass(frozen=True, slots=True)
class SeasonLoaded:
    """What loading did to one season of one competition."""

    competition: str
    season: str
    edition: int
    added: int
    present: int
    markets: int
    first_kick_off: datetime


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which rows of a season to add, to which edition, moved by how much."""

    edition: int
    missing: Sequence[SeasonFixture]
    shift: timedelta
    present: int


def load_season(
    *, season: Season, first_kick_off_date: date | None, loaded_at: datetime
) -> list[SeasonLoaded]:
    """Load the fixtures of a file that are not there yet, all or none.

    Kick-offs move as a whole, so that the first is on `first_kick_off_date` (by default the day after
    `loaded_at`, in UTC); rows added to a season that is there already move as it did. A season all of whose
    fixtures are there and over is loaded anew as its next edition.
    """
    with transaction.atomic():
        shift = _shift_of(season, first_kick_off_date, loaded_at)
        return [
            _add(rows, _plan(rows, shift, is_anew=False), loaded_at=loaded_at) for rows in _seasons(season)
        ]


def load_season_anew(
    *, season: Season, first_kick_off_date: date | None, loaded_at: datetime
) -> list[SeasonLoaded]:
    """Load a file as the next edition of its seasons, though the present ones are not played to their end.

    Fixtures of the present editions that are not over are cancelled. Raises SeasonHasOpenBets, and changes
    nothing, where bets are open on them.
    """
    with transaction.atomic():
        shift = _shift_of(season, first_kick_off_date, loaded_at)
        loaded: list[SeasonLoaded] = []
        for rows in _seasons(season):
            plan = _plan(rows, shift, is_anew=True)
            _put_aside(rows[0].division, rows[0].season, put_aside_at=loaded_at)
            loaded.append(_add(rows, plan, loaded_at=loaded_at))
        return loaded


def _seasons(season: Season) -> Iterator[list[SeasonFixture]]:
    """Yield the rows of each season once its competition exists and nobody else is loading it."""
    for rows in by_season(season.fixtures):
        division = rows[0].division
        Sport.objects.get_or_create(id=SPORT[0], defaults={"name": SPORT[1]})
        Competition.objects.get_or_create(
            id=division,
            defaults={"sport_id": SPORT[0], "name": COMPETITION_NAMES.get(division, division)},
        )
        lock_season(division, rows[0].season)
        yield rows


def _shift_of(season: Season, first_kick_off_date: date | None, loaded_at: datetime) -> timedelta:
    tomorrow = loaded_at.date() + timedelta(days=1)
    return find_shift(season.fixtures, first_kick_off_date or tomorrow)


def _plan(rows: Sequence[SeasonFixture], shift: timedelta, *, is_anew: bool) -> _Plan:
    edition = find_edition(rows[0].division, rows[0].season)
    fixtures = find_fixtures(rows[0].division, rows[0].season, edition)
    if not fixtures:
        return _Plan(edition, rows, shift, present=0)
    missing = [row for row in rows if (row.home, row.away) not in fixtures]
    if is_anew or (not missing and all(_is_over(fixture) for fixture in fixtures.values())):
        return _Plan(edition + 1, rows, shift, present=0)
    for row in rows:
        if known := fixtures.get((row.home, row.away)):
            shift = known.starts_at - row.starts_at
            break
    return _Plan(edition, missing, shift, present=len(rows) - len(missing))


def _is_over(fixture: Fixture) -> bool:
    if fixture.status == FixtureStatus.FINISHED:
        return fixture.home_score is not None
    return fixture.status in NEVER_PLAYED


def _add(rows: Sequence[SeasonFixture], plan: _Plan, *, loaded_at: datetime) -> SeasonLoaded:
    first = rows[0]
    moved = shift_kick_offs(plan.missing, plan.shift)
    fixtures = Fixture.objects.bulk_create(
        Fixture(
            competition_id=row.division,
            season=row.season,
            edition=plan.edition,
            home=row.home,
            away=row.away,
            starts_at=row.starts_at,
        )
        for row in moved
    )
    offered = [
        (fixture, quote) for fixture, row in zip(fixtures, moved, strict=True) for quote in row.opening
    ]
    tell_fixtures(fixtures, changed_at=loaded_at)
    add_markets(offered, moment="opening", added_at=loaded_at)
    return SeasonLoaded(
        competition=first.division,
        season=first.season,
        edition=plan.edition,
        added=len(fixtures),
        present=plan.present,
        markets=len(offered),
        first_kick_off=min(row.starts_at for row in rows) + plan.shift,
    )


def _put_aside(competition: str, season: str, *, put_aside_at: datetime) -> None:
    """Cancel what is left of the present edition."""
    left = Fixture.objects.filter(
        competition_id=competition,
        season=season,
        edition=find_edition(competition, season),
        owner_tenant__isnull=True,
    ).exclude(status__in=ENDED)
    lock_fixtures(left.values_list("id", flat=True))
    fixtures = list(left)
    fixture_ids = [fixture.id for fixture in fixtures]
    if Leg.objects.filter(fixture_id__in=fixture_ids, status=LegStatus.OPEN).exists():
        raise SeasonHasOpenBets
    markets = Market.objects.filter(fixture_id__in=fixture_ids).exclude(status=MarketStatus.CANCELLED)
    market_ids = list(markets.values_list("id", flat=True))
    Market.objects.filter(id__in=market_ids).update(status=MarketStatus.CANCELLED, version=F("version") + 1)
    Fixture.objects.filter(id__in=fixture_ids).update(status=FixtureStatus.CANCELLED)
    for fixture in fixtures:
        fixture.status = FixtureStatus.CANCELLED
    tell_fixtures(fixtures, changed=(STATUS,), changed_at=put_aside_at)
    tell_markets(market_ids, changed_at=put_aside_at)
