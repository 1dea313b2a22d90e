"""Makers of fixtures: written as the jobs would, whatever role the test itself has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from core.clock import now
from core.ids import uuid7
from sportsbook.models import Competition, Fixture, Market, OddsChange, Outcome, Sport
from tests.makers.roles import acting_as

MARKETS: Mapping[tuple[str, str | None], Mapping[str, str]] = {
    ("match_result", None): {"home": "2.10", "draw": "3.40", "away": "3.60"},
    ("total_goals", "2.5"): {"over": "1.95", "under": "1.87"},
    ("asian_handicap", "-0.25"): {"home": "1.91", "away": "1.99"},
}
"""What a made fixture can be bet on: market type and line, each with the odds of its outcomes."""


@dataclass(frozen=True)
class MadeFixture:
    """A fixture with its markets, as they were when it was made."""

    fixture: Fixture
    markets: Mapping[str, Market]
    outcomes: Mapping[tuple[str, str], Outcome]

    @property
    def id(self) -> UUID:
        return self.fixture.id

    def outcome(self, market_type: str = "match_result", name: str = "home") -> Outcome:
        return self.outcomes[market_type, name]


def make_fixture(
    *,
    starts_at: datetime | None = None,
    owner_tenant_id: UUID | None = None,
    markets: Mapping[tuple[str, str | None], Mapping[str, str]] = MARKETS,
    competition: str = "T0",
    season: str = "2025-26",
    home: str = "",
    away: str = "",
    status: str = "scheduled",
) -> MadeFixture:
    """Return a committed fixture of two clubs that nobody else has, tomorrow, with open markets."""
    made_at = now()
    with acting_as("b2b_jobs"):
        Sport.objects.get_or_create(id="football", defaults={"name": "Football"})
        Competition.objects.get_or_create(
            id=competition, defaults={"sport_id": "football", "name": f"League {competition}"}
        )
        mark = uuid7().hex[-12:]
        fixture = Fixture.objects.create(
            competition_id=competition,
            season=season,
            home=home or f"Home {mark}",
            away=away or f"Away {mark}",
            starts_at=starts_at or made_at + timedelta(days=1),
            owner_tenant_id=owner_tenant_id,
            status=status,
        )
        made: dict[str, Market] = {}
        outcomes: dict[tuple[str, str], Outcome] = {}
        for (market_type, line), odds in markets.items():
            market = Market.objects.create(
                fixture=fixture,
                owner_tenant_id=owner_tenant_id,
                type=market_type,
                line=None if line is None else Decimal(line),
            )
            made[market_type] = market
            for position, (name, value) in enumerate(odds.items()):
                outcomes[market_type, name] = Outcome.objects.create(
                    market=market,
                    owner_tenant_id=owner_tenant_id,
                    name=name,
                    position=position,
                    odds=Decimal(value),
                )
        OddsChange.objects.bulk_create(
            OddsChange(
                outcome=outcome,
                owner_tenant_id=owner_tenant_id,
                odds=outcome.odds,
                market_version=1,
                source="maker",
                changed_at=made_at,
            )
            for outcome in outcomes.values()
        )
    return MadeFixture(fixture, made, outcomes)
