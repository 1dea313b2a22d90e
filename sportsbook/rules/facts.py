"""What deciding a bet starts from and ends with: the bet asked for, the facts, the bet that stands."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from risk.rules import LimitFacts
from sportsbook.rules.odds import OddsChoice


@dataclass(frozen=True, slots=True)
class AskedLeg:
    """An outcome and the odds seen; `market_version`, if given, lapses the bet if the market moved on."""

    outcome_id: UUID
    odds: Decimal
    market_version: int | None = None
    banker: bool = False


@dataclass(frozen=True, slots=True)
class AskedBet:
    """A bet as asked for. The stake has the currency's scale; a tolerance of 0 sets no bound."""

    player_id: UUID
    stake: Decimal
    currency: str
    legs: tuple[AskedLeg, ...]
    odds_choice: OddsChoice = OddsChoice.NONE
    odds_tolerance: Decimal = Decimal(0)
    allow_duplicate: bool = False
    system: Any = None


@dataclass(frozen=True, slots=True)
class LegFacts:
    """An outcome's market and fixture as they are now; `product` is what the partner must have enabled."""

    outcome_id: UUID
    market_id: UUID
    fixture_id: UUID
    market_status: str
    market_version: int
    fixture_status: str
    starts_at: datetime
    odds: Decimal
    product: str = "prematch"


@dataclass(frozen=True, slots=True)
class PlayerFacts:
    """The player as it is now; `available` is in `currency`."""

    status: str
    currency: str
    vip: bool
    available: Decimal


@dataclass(frozen=True, slots=True)
class BetFacts:
    """All that deciding one bet needs. `legs` are in the order asked; `scale` is the player's currency's.

    `duplicate_seen` says that a bet of this player with the same `picks_of` stands that was placed within
    DUPLICATE_WINDOW before. `is_routed` says that the player is in the ramp of a production tenant.
    """

    legs: tuple[LegFacts, ...]
    player: PlayerFacts
    limits: LimitFacts
    scale: int
    duplicate_seen: bool
    partner_status: str
    tenant_status: str
    enabled_products: frozenset[str]
    is_routed: bool = True


@dataclass(frozen=True, slots=True)
class TakenLeg:
    """A leg as it stands: the odds asked for and the odds taken."""

    outcome_id: UUID
    market_id: UUID
    fixture_id: UUID
    requested_odds: Decimal
    odds: Decimal


@dataclass(frozen=True, slots=True)
class Accepted:
    """A bet that stands.

    `total_odds` is the product to 18 decimals, as everything shows and keeps it; the payout is of the exact
    one. `stake_usd` counts towards the daily limit.
    """

    legs: tuple[TakenLeg, ...]
    total_odds: Decimal
    potential_payout: Decimal
    stake_usd: Decimal

    @property
    def type(self) -> str:
        return "single" if len(self.legs) == 1 else "multiple"


@dataclass(frozen=True, slots=True)
class LegChecked:
    """A leg's odds now, and its market's status (`closed` once the fixture has started)."""

    outcome_id: UUID
    odds: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a bet could be. `binding_limit` is `max_bet`, `daily_stake`, `payout`, `balance` or `legs`.

    With `legs`, the code in `refusal_code` says why no stake would pass; else it is None.
    """

    stake_max: Decimal
    binding_limit: str
    refusal_code: str | None
    legs: tuple[LegChecked, ...]
    potential_payout: Decimal
