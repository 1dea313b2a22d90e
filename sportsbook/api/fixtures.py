"""What can be bet on: sports, competitions, and fixtures with their markets, outcomes and odds."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from core.api.answers import JsonAnswer
from core.api.bodies import Moment, Shown, parse_query
from core.api.operation import operation
from core.api.pagination import Page, PageQuery
from core.api.views import HttpResponse, PartnerRequest, PartnerView, path_id
from core.tenancy import tenant
from sportsbook.events.fixtures import fixture_data, market_data
from sportsbook.queries.fixtures import (
    FixtureFilter,
    FixtureRow,
    MarketRow,
    get_fixture,
    list_competitions,
    list_fixtures,
    list_sports,
)

Slug = Annotated[str, Meta(max_length=32)]
Status = Literal["scheduled", "in_play", "suspended", "finished", "postponed", "abandoned", "cancelled"]
MarketState = Literal["open", "suspended", "closed", "settled", "cancelled"]
MarketKind = Literal["match_result", "total_goals", "asian_handicap"]


class CompetitionsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Competitions, of one sport or of all."""

    sport: Slug | None = None


class FixturesQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Fixtures that start from `startsFrom` on and before `startsBefore`."""

    sport: Slug | None = None
    competition: Slug | None = None
    status: Status | None = None
    starts_from: Moment | None = None
    starts_before: Moment | None = None


class SportView(Shown, frozen=True, kw_only=True, rename="camel"):
    sport: str
    name: str


class SportsPage(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[SportView]
    next_cursor: str | None


class CompetitionView(Shown, frozen=True, kw_only=True, rename="camel"):
    competition: str
    sport: str
    name: str


class CompetitionsPage(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[CompetitionView]
    next_cursor: str | None


class ScoreView(Shown, frozen=True, kw_only=True, rename="camel"):
    home: int
    away: int


class OutcomeView(Shown, frozen=True, kw_only=True, rename="camel"):
    outcome_id: str
    name: str
    odds: str


class MarketView(Shown, frozen=True, kw_only=True, rename="camel"):
    """`line` is a decimal string: the goals of a total, the home team's handicap; null for a match result."""

    market_id: str
    type: MarketKind
    line: str | None
    status: MarketState
    version: int
    outcomes: list[OutcomeView]


class FixtureView(Shown, frozen=True, kw_only=True, rename="camel"):
    fixture_id: str
    sport: str
    competition: str
    home: str
    away: str
    starts_at: datetime
    status: Status
    score: ScoreView | None
    markets: list[MarketView]


class FixturesPage(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[FixtureView]
    next_cursor: str | None


class Sports(PartnerView):
    """`GET /sports`"""

    required_scopes: ClassVar = {"GET": "fixtures:read"}

    @operation(summary="List sports", query=PageQuery, answers={200: SportsPage}, codes=("CURSOR_INVALID",))
    def get(self, request: PartnerRequest) -> HttpResponse:
        page = Page(parse_query(request, PageQuery), name="sports", key=(str,))
        rows = list_sports(after=page.after[0] if page.after else None, count=page.rows_needed)
        return JsonAnswer(
            page.shown(rows, view=lambda row: {"sport": row[0], "name": row[1]}, key=lambda row: (row[0],))
        )


class Competitions(PartnerView):
    """`GET /competitions`"""

    required_scopes: ClassVar = {"GET": "fixtures:read"}

    @operation(
        summary="List competitions",
        query=CompetitionsQuery,
        answers={200: CompetitionsPage},
        codes=("CURSOR_INVALID",),
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        query = parse_query(request, CompetitionsQuery)
        page = Page(query, name="competitions", key=(str,))
        rows = list_competitions(
            sport=query.sport, after=page.after[0] if page.after else None, count=page.rows_needed
        )
        return JsonAnswer(
            page.shown(
                rows,
                view=lambda row: {"competition": row[0], "sport": row[1], "name": row[2]},
                key=lambda row: (row[0],),
            )
        )


class Fixtures(PartnerView):
    """`GET /fixtures`"""

    required_scopes: ClassVar = {"GET": "fixtures:read"}

    @operation(
        summary="List fixtures with their markets and odds, by kick-off",
        query=FixturesQuery,
        answers={200: FixturesPage},
        codes=("CURSOR_INVALID",),
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        query = parse_query(request, FixturesQuery)
        page = Page(query, name="fixtures", key=(datetime, UUID))
        wanted = FixtureFilter(
            sport=query.sport,
            competition=query.competition,
            status=query.status,
            starts_from=query.starts_from,
            starts_before=query.starts_before,
        )
        with tenant(request.auth.tenant_id):
            rows = list_fixtures(
                tenant_id=request.auth.tenant_id,
                wanted=wanted,
                after=(page.after[0], page.after[1]) if page.after else None,
                count=page.rows_needed,
            )
        return JsonAnswer(page.shown(rows, view=fixture_view, key=lambda row: (row.starts_at, row.id)))


class Fixture(PartnerView):
    """`GET /fixtures/{id}`"""

    required_scopes: ClassVar = {"GET": "fixtures:read"}

    @operation(summary="Read a fixture with its markets and odds", answers={200: FixtureView})
    def get(self, request: PartnerRequest, fixture_id: str) -> HttpResponse:
        wanted = path_id("fix", fixture_id)
        with tenant(request.auth.tenant_id):
            row = get_fixture(tenant_id=request.auth.tenant_id, fixture_id=wanted)
        return JsonAnswer(fixture_view(row))


def fixture_view(row: FixtureRow) -> dict[str, Any]:
    """Return a fixture as partners see it."""
    told = fixture_data(
        fixture_id=row.id,
        sport=row.sport,
        competition=row.competition,
        home=row.home,
        away=row.away,
        starts_at=row.starts_at,
        status=row.status,
        score=row.score,
    )
    return {**told, "markets": [_market_view(market) for market in row.markets]}


def _market_view(row: MarketRow) -> dict[str, Any]:
    return market_data(
        market_id=row.id,
        kind=row.type,
        line=row.line,
        status=row.status,
        version=row.version,
        outcomes=((outcome.id, outcome.name, outcome.odds) for outcome in row.outcomes),
    )
