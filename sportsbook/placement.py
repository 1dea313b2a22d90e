"""What a request to place bets is, and how it was answered. Shared by the service, the view and the demo."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from core.errors import Refusal
from sportsbook.rules.facts import AskedBet, TakenLeg


@dataclass(frozen=True, slots=True)
class BetRequest:
    """A bet as a partner asked for it. `fingerprint` is the SHA-256 of its content, for replays."""

    reference: str
    fingerprint: bytes
    asked: AskedBet
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet right after a bet was placed, in the bet's currency."""

    available: Decimal
    in_play: Decimal
    debt: Decimal


@dataclass(frozen=True, slots=True)
class PlacedBet:
    """A bet as it was placed; what became of it later is not part of it."""

    bet_id: UUID
    reference: str
    player_id: UUID
    kind: str
    stake: Decimal
    currency: str
    scale: int
    odds: Decimal
    potential_payout: Decimal
    placed_at: datetime
    legs: tuple[TakenLeg, ...]
    wallet: Wallet


@dataclass(frozen=True, slots=True)
class Answer:
    """Either the bet or the refusal. `replayed`: this is the answer of an earlier request."""

    bet: PlacedBet | None = None
    refusal: Refusal | None = None
    replayed: bool = False
