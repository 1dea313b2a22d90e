"""Facts about fixtures and markets, announced in the transaction that changed them, however many at once.

Whoever changes a fixture's status, score or start, or a market's odds or status, calls this afterwards: the
stream and every tenant's events are made of it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from core.facts import publish_fact
from sportsbook.events import FixtureChanged, MarketChanged
from sportsbook.models import Competition, Fixture, Market, Outcome


def tell_markets(market_ids: Iterable[UUID], *, changed_at: datetime) -> None:
    """Announce markets that have changed, as the running transaction leaves them."""
    wanted = list(market_ids)
    if not wanted:
        return
    markets = (
        Market.objects.filter(id__in=wanted)
        .order_by("fixture_id", "id")
        .select_related("fixture__competition")
        .prefetch_related("outcomes")
    )
    publish_fact(
        *(
            _market_changed(
                market.fixture, market, market.outcomes.all(), market.fixture.competition.sport_id, changed_at
            )
            for market in markets
        )
    )


def tell_new_markets(
    offered: Sequence[tuple[Fixture, Market, Sequence[Outcome]]], *, added_at: datetime
) -> None:
    """Announce markets that were just written, from what was written."""
    sports = _sports_of(fixture for fixture, _, _ in offered)
    publish_fact(
        *(
            _market_changed(fixture, market, outcomes, sports[fixture.competition_id], added_at)
            for fixture, market, outcomes in offered
        )
    )


def tell_fixtures(fixtures: Sequence[Fixture], *, changed: Sequence[str] = (), changed_at: datetime) -> None:
    """Announce fixtures as they stand in these objects: new ones, or with the names of what changed."""
    sports = _sports_of(fixtures)
    publish_fact(
        *(
            FixtureChanged(
                tenant_id=fixture.owner_tenant_id,
                occurred_at=changed_at,
                fixture_id=fixture.id,
                sport=sports[fixture.competition_id],
                competition=fixture.competition_id,
                home=fixture.home,
                away=fixture.away,
                starts_at=fixture.starts_at,
                status=str(fixture.status),
                score=_score_of(fixture),
                changed=tuple(changed),
            )
            for fixture in fixtures
        )
    )


def _market_changed(
    fixture: Fixture, market: Market, outcomes: Iterable[Outcome], sport: str, changed_at: datetime
) -> MarketChanged:
    return MarketChanged(
        tenant_id=market.owner_tenant_id,
        occurred_at=changed_at,
        fixture_id=fixture.id,
        sport=sport,
        competition=fixture.competition_id,
        market_id=market.id,
        kind=str(market.type),
        line=market.line,
        status=str(market.status),
        version=market.version,
        outcomes=tuple((outcome.id, outcome.name, outcome.odds) for outcome in outcomes),
    )


def _score_of(fixture: Fixture) -> tuple[int, int] | None:
    if fixture.home_score is None or fixture.away_score is None:
        return None
    return fixture.home_score, fixture.away_score


def _sports_of(fixtures: Iterable[Fixture]) -> dict[str, str]:
    """Return the sport of each competition that these fixtures are of."""
    competitions = {fixture.competition_id for fixture in fixtures}
    return dict(Competition.objects.filter(id__in=competitions).values_list("id", "sport_id"))
