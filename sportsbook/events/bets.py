"""What the sportsbook announces to a tenant about its bets."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from core.clock import instant_text
from core.ids import typeid
from core.money import amount_text, odds_text


@dataclass(frozen=True, slots=True)
class BetPlaced:
    """A stake was taken and a bet is open."""

    type: ClassVar[str] = "bet.placed"

    tenant_id: UUID
    occurred_at: datetime
    bet_id: UUID
    reference: str
    player_id: UUID
    kind: str
    stake: Decimal
    currency: str
    scale: int
    odds: Decimal
    potential_payout: Decimal
    legs: tuple[tuple[UUID, UUID, UUID, Decimal], ...]

    def data(self) -> dict[str, Any]:
        return {
            "betId": typeid("bet", self.bet_id),
            "reference": self.reference,
            "playerId": typeid("plr", self.player_id),
            "type": self.kind,
            "stake": amount_text(self.stake, self.scale),
            "currency": self.currency,
            "odds": odds_text(self.odds),
            "potentialPayout": amount_text(self.potential_payout, self.scale),
            "placedAt": instant_text(self.occurred_at),
            "legs": [
                {
                    "fixtureId": typeid("fix", fixture),
                    "marketId": typeid("mkt", market),
                    "outcomeId": typeid("out", outcome),
                    "odds": odds_text(odds),
                }
                for fixture, market, outcome, odds in self.legs
            ],
        }


@dataclass(frozen=True, slots=True)
class BetRejected:
    """A bet was refused for good: the refusal is stored under its reference.

    `legs` are (outcome, decimal odds as the player saw them).
    """

    type: ClassVar[str] = "bet.rejected"

    tenant_id: UUID
    occurred_at: datetime
    reference: str
    player_id: UUID
    code: str
    message: str
    stake: Decimal
    currency: str
    scale: int
    legs: tuple[tuple[UUID, Decimal], ...]

    def data(self) -> dict[str, Any]:
        return {
            "reference": self.reference,
            "playerId": typeid("plr", self.player_id),
            "code": self.code,
            "message": self.message,
            "stake": amount_text(self.stake, self.scale),
            "currency": self.currency,
            "rejectedAt": instant_text(self.occurred_at),
            "legs": [
                {"outcomeId": typeid("out", outcome), "odds": odds_text(odds)} for outcome, odds in self.legs
            ],
        }


@dataclass(frozen=True, slots=True)
class BetSettled:
    """A bet got a new revision: settled, settled again by another result, or open again without one."""

    type: ClassVar[str] = "bet.settled"

    tenant_id: UUID
    occurred_at: datetime
    bet_id: UUID
    reference: str
    player_id: UUID
    status: str
    revision: int
    stake: Decimal
    payout: Decimal | None
    currency: str
    scale: int
    legs: tuple[tuple[UUID, str], ...]

    def data(self) -> dict[str, Any]:
        return {
            "betId": typeid("bet", self.bet_id),
            "reference": self.reference,
            "playerId": typeid("plr", self.player_id),
            "status": self.status,
            "revision": self.revision,
            "stake": amount_text(self.stake, self.scale),
            "payout": None if self.payout is None else amount_text(self.payout, self.scale),
            "currency": self.currency,
            "settledAt": instant_text(self.occurred_at),
            "legs": [
                {"outcomeId": typeid("out", outcome), "status": status} for outcome, status in self.legs
            ],
        }
