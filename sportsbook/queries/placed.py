"""Bets as they were placed, whatever became of them: the first answer, told again."""

from collections.abc import Sequence
from uuid import UUID

from core.currencies import scale_of
from sportsbook.models import Bet, Leg
from sportsbook.placement import PlacedBet, Wallet
from sportsbook.rules.facts import TakenLeg
from wallet.models import JournalEntry


def get_placed_bets(tenant_id: UUID, bet_ids: Sequence[UUID]) -> dict[UUID, PlacedBet]:
    """Return bets as they were when placed, with the wallet right after, by id; inside `tenant()`."""
    bets = {bet.id: bet for bet in Bet.objects.filter(tenant_id=tenant_id, id__in=bet_ids)}
    legs: dict[UUID, list[TakenLeg]] = {bet_id: [] for bet_id in bets}
    for leg in Leg.objects.filter(tenant_id=tenant_id, bet_id__in=bets).order_by("bet_id", "position"):
        legs[leg.bet_id].append(
            TakenLeg(leg.outcome_id, leg.market_id, leg.fixture_id, leg.requested_odds, leg.odds)
        )
    entries = JournalEntry.objects.filter(
        tenant_id=tenant_id, id__in=[bet.entry_id for bet in bets.values()]
    ).in_bulk()
    return {
        bet.id: PlacedBet(
            bet_id=bet.id,
            reference=bet.reference,
            player_id=bet.player_id,
            kind=bet.type,
            stake=bet.stake,
            currency=bet.currency,
            scale=scale_of(bet.currency),
            odds=bet.odds,
            potential_payout=bet.potential_payout,
            placed_at=bet.placed_at,
            legs=tuple(legs[bet.id]),
            wallet=Wallet(
                entries[bet.entry_id].available, entries[bet.entry_id].in_play, entries[bet.entry_id].debt
            ),
        )
        for bet in bets.values()
    }
