"""Which fixtures the rows of a season's file are: the platform's, of the season's present edition."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Max

from sportsbook.models import Fixture
from sportsbook.season import SeasonFixture


def by_season(rows: Iterable[SeasonFixture]) -> list[list[SeasonFixture]]:
    """Return the rows, season by season, in an order that is always the same."""
    groups: dict[tuple[str, str], list[SeasonFixture]] = defaultdict(list)
    for row in rows:
        groups[row.division, row.season].append(row)
    return [groups[key] for key in sorted(groups)]


def find_edition(competition: str, season: str) -> int:
    """Return the present edition of a season: the latest, 1 where there is none yet."""
    found = Fixture.objects.filter(
        competition_id=competition, season=season, owner_tenant__isnull=True
    ).aggregate(edition=Max("edition"))
    return found["edition"] or 1


def find_fixtures(competition: str, season: str, edition: int) -> dict[tuple[str, str], Fixture]:
    """Return the fixtures of one edition of a season, by home and away team."""
    found = Fixture.objects.filter(
        competition_id=competition, season=season, edition=edition, owner_tenant__isnull=True
    )
    return {(fixture.home, fixture.away): fixture for fixture in found}


def match_rows(rows: Sequence[SeasonFixture]) -> Iterator[tuple[SeasonFixture, Fixture | None]]:
    """Yield each row with its fixture in the present edition, or with None where it was never loaded."""
    for group in by_season(rows):
        competition, season = group[0].division, group[0].season
        fixtures = find_fixtures(competition, season, find_edition(competition, season))
        for row in group:
            yield row, fixtures.get((row.home, row.away))
