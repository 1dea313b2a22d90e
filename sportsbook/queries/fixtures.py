"""Fixtures with their markets, outcomes and odds, as a tenant sees them, each page in two statements.

A tenant sees the platform's fixtures and its own (a sandbox's), never another tenant's. Rows are plain
records and not models: these reads are the busiest of the platform.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from core.errors import NotFound
from sportsbook.models import Competition, Fixture, Leg, LegStatus, Market, Sport

_COLUMNS: Final = (
    "id",
    "competition__sport_id",
    "competition_id",
    "home",
    "away",
    "starts_at",
    "status",
    "home_score",
    "away_score",
)


class FixtureUnknown(NotFound):
    """There is no such fixture, or not for this tenant; the answer is that of an id that never was."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    id: UUID
    name: str
    odds: Decimal


@dataclass(frozen=True, slots=True)
class MarketRow:
    id: UUID
    type: str
    line: Decimal | None
    status: str
    version: int
    outcomes: list[OutcomeRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FixtureRow:
    """A fixture; `home_score` and `away_score` are both None until there is a result."""

    id: UUID
    sport: str
    competition: str
    home: str
    away: str
    starts_at: datetime
    status: str
    home_score: int | None
    away_score: int | None
    markets: list[MarketRow] = field(default_factory=list)

    @property
    def score(self) -> tuple[int, int] | None:
        """Home and away, once there is a result."""
        if self.home_score is None or self.away_score is None:
            return None
        return self.home_score, self.away_score


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureFilter:
    """Which fixtures to list; what is None does not narrow. From `starts_from` on, before `starts_before`."""

    sport: str | None = None
    competition: str | None = None
    status: str | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None


def list_sports(*, after: str | None, count: int) -> list[tuple[str, str]]:
    """Return up to `count` sports after an id, as (id, name), by id."""
    sports = Sport.objects.order_by("id")
    if after is not None:
        sports = sports.filter(id__gt=after)
    return list(sports.values_list("id", "name")[:count])


def list_competitions(*, sport: str | None, after: str | None, count: int) -> list[tuple[str, str, str]]:
    """Return up to `count` competitions after an id, as (id, sport, name), by id."""
    competitions = Competition.objects.order_by("id")
    if sport is not None:
        competitions = competitions.filter(sport_id=sport)
    if after is not None:
        competitions = competitions.filter(id__gt=after)
    return list(competitions.values_list("id", "sport_id", "name")[:count])


def list_fixtures(
    *, tenant_id: UUID, wanted: FixtureFilter, after: tuple[datetime, UUID] | None, count: int
) -> list[FixtureRow]:
    """Return up to `count` fixtures by kick-off and id, after this pair, with markets and outcomes.

    Call it inside `tenant(tenant_id)`.
    """
    fixtures = _seen_by(tenant_id)
    if wanted.sport is not None:
        fixtures = fixtures.filter(competition__sport_id=wanted.sport)
    if wanted.competition is not None:
        fixtures = fixtures.filter(competition_id=wanted.competition)
    if wanted.status is not None:
        fixtures = fixtures.filter(status=wanted.status)
    if wanted.starts_from is not None:
        fixtures = fixtures.filter(starts_at__gte=wanted.starts_from)
    if wanted.starts_before is not None:
        fixtures = fixtures.filter(starts_at__lt=wanted.starts_before)
    if after is not None:
        starts_at, fixture_id = after
        # The first condition is what lets the index begin at the right row.
        fixtures = fixtures.filter(
            Q(starts_at__gte=starts_at), Q(starts_at__gt=starts_at) | Q(id__gt=fixture_id)
        )
    return _with_markets(fixtures.order_by("starts_at", "id")[:count])


def list_pictured(*, tenant_id: UUID, chosen: Q, with_markets: bool) -> list[FixtureRow]:
    """Return all fixtures that match and that the tenant sees, by kick-off and id, with or without markets.

    Call it inside `tenant(tenant_id)`.
    """
    found = _seen_by(tenant_id).filter(chosen).order_by("starts_at", "id")
    return _with_markets(found) if with_markets else _bare(found)


def get_fixture(*, tenant_id: UUID, fixture_id: UUID) -> FixtureRow:
    """Return one fixture with markets and outcomes. Call it inside `tenant(tenant_id)`.

    Raises FixtureUnknown.
    """
    found = _with_markets(_seen_by(tenant_id).filter(id=fixture_id))
    if not found:
        raise FixtureUnknown
    return found[0]


def count_open_legs(fixture_ids: Iterable[UUID]) -> int:
    """Return how many legs on these fixtures, of all tenants, have no result yet."""
    return Leg.objects.filter(fixture_id__in=list(fixture_ids), status=LegStatus.OPEN).count()


def _seen_by(tenant_id: UUID) -> QuerySet[Fixture]:
    return Fixture.objects.filter(Q(owner_tenant__isnull=True) | Q(owner_tenant_id=tenant_id))


def _bare(fixtures: QuerySet[Fixture]) -> list[FixtureRow]:
    return [FixtureRow(*values) for values in fixtures.values_list(*_COLUMNS)]


def _with_markets(fixtures: QuerySet[Fixture]) -> list[FixtureRow]:
    rows = _bare(fixtures)
    if rows:
        _fill_markets(rows)
    return rows


def _fill_markets(rows: Sequence[FixtureRow]) -> None:
    by_id = {row.id: row for row in rows}
    found = (
        Market.objects.filter(fixture_id__in=list(by_id))
        .order_by("fixture_id", "id", "outcomes__position")
        .values_list(
            "fixture_id",
            "id",
            "type",
            "line",
            "status",
            "version",
            "outcomes__id",
            "outcomes__name",
            "outcomes__odds",
        )
    )
    market: MarketRow | None = None
    for fixture_id, market_id, kind, line, status, version, outcome_id, name, odds in found:
        if market is None or market.id != market_id:
            market = MarketRow(market_id, kind, line, status, version)
            by_id[fixture_id].markets.append(market)
        if outcome_id is not None:
            market.outcomes.append(OutcomeRow(outcome_id, name, odds))
