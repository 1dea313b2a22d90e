"""Facts about fixtures and markets, the platform's own or a sandbox's (`tenant_id`), and what tenants are
told of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import UUID

from core.clock import instant_text
from core.ids import typeid
from core.money import exact_text, odds_text

STARTS_AT: Final = "startsAt"
STATUS: Final = "status"
SCORE: Final = "score"


def fixture_data(
    *,
    fixture_id: UUID,
    sport: str,
    competition: str,
    home: str,
    away: str,
    starts_at: datetime,
    status: str,
    score: tuple[int, int] | None,
) -> dict[str, Any]:
    """Return a fixture without its markets, as partners are told of it and read it."""
    return {
        "fixtureId": typeid("fix", fixture_id),
        "sport": sport,
        "competition": competition,
        "home": home,
        "away": away,
        "startsAt": instant_text(starts_at),
        "status": status,
        "score": None if score is None else {"home": score[0], "away": score[1]},
    }


def market_data(
    *,
    market_id: UUID,
    kind: str,
    line: Decimal | None,
    status: str,
    version: int,
    outcomes: Iterable[tuple[UUID, str, Decimal]],
) -> dict[str, Any]:
    """Return a market as partners are told of it and read it; outcomes are (id, name, decimal odds)."""
    return {
        "marketId": typeid("mkt", market_id),
        "type": kind,
        "line": None if line is None else exact_text(line, 0),
        "status": status,
        "version": version,
        "outcomes": [
            {"outcomeId": typeid("out", outcome_id), "name": name, "odds": odds_text(odds)}
            for outcome_id, name, odds in outcomes
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketChanged:
    """A market is new, or has other odds or another status; told is the whole market as it is now.

    `outcomes` are (id, name, decimal odds), in the order in which they are shown.
    """

    type: ClassVar[str] = "market.changed"

    tenant_id: UUID | None
    occurred_at: datetime
    fixture_id: UUID
    sport: str
    competition: str
    market_id: UUID
    kind: str
    line: Decimal | None
    status: str
    version: int
    outcomes: tuple[tuple[UUID, str, Decimal], ...]

    def data(self) -> dict[str, Any]:
        """Return the market as `GET /fixtures/{id}` shows it, and whose it is."""
        return {
            "fixtureId": typeid("fix", self.fixture_id),
            "sport": self.sport,
            "competition": self.competition,
            **market_data(
                market_id=self.market_id,
                kind=self.kind,
                line=self.line,
                status=self.status,
                version=self.version,
                outcomes=self.outcomes,
            ),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureChanged:
    """A fixture is new, or something about it changed; told is the whole fixture as it is now.

    `changed` are the names of what changed: `startsAt`, `status`, `score`; none for a new fixture.
    """

    type: ClassVar[str] = "fixture.changed"

    tenant_id: UUID | None
    occurred_at: datetime
    fixture_id: UUID
    sport: str
    competition: str
    home: str
    away: str
    starts_at: datetime
    status: str
    score: tuple[int, int] | None
    changed: tuple[str, ...]

    def data(self) -> dict[str, Any]:
        """Return the fixture as `GET /fixtures/{id}` shows it, without markets, and what changed."""
        told = fixture_data(
            fixture_id=self.fixture_id,
            sport=self.sport,
            competition=self.competition,
            home=self.home,
            away=self.away,
            starts_at=self.starts_at,
            status=self.status,
            score=self.score,
        )
        return {**told, "changed": list(self.changed)}


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsChanged:
    """An outcome's odds differ from those last announced by at least the tenant's threshold.

    `market` and `outcome` are as `MarketChanged` tells them.
    """

    type: ClassVar[str] = "odds.changed"

    occurred_at: datetime
    market: Mapping[str, Any]
    outcome: Mapping[str, Any]
    previous_odds: Decimal

    def data(self) -> dict[str, Any]:
        """Return what partners are told."""
        return {
            "fixtureId": self.market["fixtureId"],
            "sport": self.market["sport"],
            "competition": self.market["competition"],
            "marketId": self.market["marketId"],
            "marketType": self.market["type"],
            "line": self.market["line"],
            "marketStatus": self.market["status"],
            "marketVersion": self.market["version"],
            "outcomeId": self.outcome["outcomeId"],
            "name": self.outcome["name"],
            "odds": self.outcome["odds"],
            "previousOdds": odds_text(self.previous_odds),
            "changedAt": instant_text(self.occurred_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FixtureUpdated:
    """A fixture has another start, status or score; `fixture` is as `FixtureChanged` tells it."""

    type: ClassVar[str] = "fixture.updated"

    occurred_at: datetime
    fixture: Mapping[str, Any]

    def data(self) -> dict[str, Any]:
        """Return what partners are told."""
        return {**self.fixture, "updatedAt": instant_text(self.occurred_at)}
