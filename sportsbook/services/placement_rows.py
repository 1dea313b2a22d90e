"""What `sportsbook_place_bets` is called with: decided bets, their legs and events, column by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from core.arrays import columns_of, json_text
from core.currencies import scale_of
from core.errors import Refusal
from core.events import event_values
from core.references import stored_refusal
from sportsbook.events import BetPlaced, BetRejected
from sportsbook.placement import BetRequest
from sportsbook.rules.facts import Accepted, BetFacts
from sportsbook.rules.odds import OddsChoice
from wallet.events import BalanceUpdated

WRITE: Final = """
    SELECT * FROM sportsbook_place_bets(
        %s, %s, %s,
        %s::uuid[], %s::text[], %s::bytea[], %s::text[]::jsonb[], %s::uuid[], %s::uuid[],
        %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::text[],
        %s::numeric[], %s::text[], %s::bytea[], %s::boolean[], %s::numeric[], %s::numeric[],
        %s::int[], %s::int[], %s::uuid[], %s::uuid[], %s::int[], %s::uuid[], %s::numeric[], %s::numeric[],
        %s::int[], %s::uuid[], %s::text[], %s::text[]::jsonb[])
"""


@dataclass(frozen=True, slots=True)
class Decided:
    """A bet ready to be written: accepted, or refused for good."""

    request: BetRequest
    facts: BetFacts
    verdict: Accepted | Refusal
    picks: bytes
    bet_id: UUID
    entry_id: UUID


def write_arguments(tenant_id: UUID, bets: Sequence[Decided], day: date, placed_at: datetime) -> list[Any]:
    """Return the arguments of WRITE for some decided bets, column by column."""
    rows = [_bet_row(bet, placed_at) for bet in bets]
    legs = [row for place, bet in enumerate(bets, start=1) for row in _leg_rows(place, bet)]
    events = [
        row
        for place, bet in enumerate(bets, start=1)
        for row in _event_rows(place, bet, tenant_id, placed_at)
    ]
    return [tenant_id, placed_at, day, *columns_of(rows, 17), *columns_of(legs, 8), *columns_of(events, 4)]


def _bet_row(bet: Decided, placed_at: datetime) -> tuple[Any, ...]:
    request, verdict = bet.request, bet.verdict
    asked = request.asked
    return (
        bet.bet_id,
        request.reference,
        request.fingerprint,
        None if isinstance(verdict, Accepted) else json_text(stored_refusal(verdict, answered_at=placed_at)),
        asked.player_id,
        bet.entry_id,
        verdict.type if isinstance(verdict, Accepted) else "single",
        asked.stake,
        verdict.total_odds if isinstance(verdict, Accepted) else Decimal(0),
        verdict.potential_payout if isinstance(verdict, Accepted) else Decimal(0),
        str(OddsChoice(asked.odds_choice)),
        asked.odds_tolerance,
        request.channel,
        bet.picks,
        not asked.allow_duplicate,
        verdict.stake_usd if isinstance(verdict, Accepted) else Decimal(0),
        bet.facts.limits.daily_stake,
    )


def _leg_rows(place: int, bet: Decided) -> list[tuple[Any, ...]]:
    if not isinstance(bet.verdict, Accepted):
        return []
    versions = {leg.market_id: leg.market_version for leg in bet.facts.legs}
    return [
        (
            place,
            position,
            leg.fixture_id,
            leg.market_id,
            versions[leg.market_id],
            leg.outcome_id,
            leg.requested_odds,
            leg.odds,
        )
        for position, leg in enumerate(bet.verdict.legs, start=1)
    ]


def _event_rows(place: int, bet: Decided, tenant_id: UUID, placed_at: datetime) -> list[tuple[Any, ...]]:
    verdict, asked = bet.verdict, bet.request.asked
    if not isinstance(verdict, Accepted):
        return [(place, *event_values(_rejected(bet, verdict, tenant_id, placed_at)))]
    placed = BetPlaced(
        tenant_id=tenant_id,
        occurred_at=placed_at,
        bet_id=bet.bet_id,
        reference=bet.request.reference,
        player_id=asked.player_id,
        kind=verdict.type,
        stake=asked.stake,
        currency=asked.currency,
        scale=bet.facts.scale,
        odds=verdict.total_odds,
        potential_payout=verdict.potential_payout,
        legs=tuple((leg.fixture_id, leg.market_id, leg.outcome_id, leg.odds) for leg in verdict.legs),
    )
    balance = BalanceUpdated(
        tenant_id=tenant_id,
        occurred_at=placed_at,
        player_id=asked.player_id,
        currency=asked.currency,
        entry_id=bet.entry_id,
        kind="bet_placed",
    )
    return [(place, *event_values(event)) for event in (placed, balance)]


def _rejected(bet: Decided, refusal: Refusal, tenant_id: UUID, rejected_at: datetime) -> BetRejected:
    asked = bet.request.asked
    return BetRejected(
        tenant_id=tenant_id,
        occurred_at=rejected_at,
        reference=bet.request.reference,
        player_id=asked.player_id,
        code=refusal.code,
        message=refusal.message,
        stake=asked.stake,
        currency=asked.currency,
        scale=scale_of(asked.currency),
        legs=tuple((leg.outcome_id, leg.odds) for leg in asked.legs),
    )
