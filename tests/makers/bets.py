"""Players with money, and bets placed as the API places them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.clock import now
from core.tenancy import tenant
from partners.models import Tenant
from sportsbook.models import Bet, Outcome
from sportsbook.placement import Answer, BetRequest, PlacedBet
from sportsbook.rules.facts import AskedBet, AskedLeg
from sportsbook.rules.odds import OddsChoice
from sportsbook.services.placing import place_bets
from sportsbook.services.settling import settle_batch, split_settlement
from tests.makers.roles import acting_as
from tests.makers.wallet import make_player
from wallet.models import Balance


@dataclass(frozen=True)
class MadePlayer:
    tenant_id: UUID
    id: UUID
    currency: str


def make_bettor(
    owner: Tenant, *, currency: str = "EUR", available: str = "100.00", status: str = "active", **kw: Any
) -> MadePlayer:
    """Return a player of a tenant with money to stake."""
    player = make_player(owner.id, currency=currency, holds=available, status=status, **kw)
    return MadePlayer(owner.id, player.id, currency)


def wallet_of(player: MadePlayer) -> tuple[Decimal, Decimal, Decimal]:
    """Return (available, in play, debt)."""
    with tenant(player.tenant_id):
        balance = Balance.objects.get(player_id=player.id)
    return balance.available, balance.in_play, balance.debt


def ask(
    player: MadePlayer,
    outcomes: Outcome | Sequence[Outcome],
    *,
    stake: str = "10.00",
    odds: Sequence[str] = (),
    reference: str = "",
    choice: OddsChoice = OddsChoice.NONE,
    fingerprint: bytes = b"\x01" * 32,
    **asked: Any,
) -> BetRequest:
    """Return a request for a bet on outcomes, at the odds they have unless others are named."""
    picks = [outcomes] if isinstance(outcomes, Outcome) else list(outcomes)
    seen = [Decimal(each) for each in odds] or [outcome.odds for outcome in picks]
    return BetRequest(
        reference=reference or secrets.token_hex(8),
        fingerprint=fingerprint,
        asked=AskedBet(
            player_id=player.id,
            stake=Decimal(stake),
            currency=asked.pop("currency", player.currency),
            legs=tuple(AskedLeg(pick.id, price) for pick, price in zip(picks, seen, strict=True)),
            odds_choice=choice,
            **asked,
        ),
    )


def place(player: MadePlayer, *requests: BetRequest, placed_at: datetime | None = None) -> list[Answer]:
    """Place bets of a player's tenant in one call."""
    return place_bets(tenant_id=player.tenant_id, requests=requests, placed_at=placed_at or now())


def placed(player: MadePlayer, outcomes: Outcome | Sequence[Outcome], **kw: Any) -> PlacedBet:
    """Place one bet that stands, and return it."""
    (answer,) = place(player, ask(player, outcomes, **kw))
    assert answer.bet is not None, answer.refusal
    return answer.bet


def bet_of(bet: PlacedBet, player: MadePlayer) -> Bet:
    """Return the bet as it is now."""
    with tenant(player.tenant_id):
        return Bet.objects.get(id=bet.bet_id)


def settle_fixture(fixture_id: UUID) -> int:
    """Settle a fixture's bets as the workers do, and return how many changed."""
    changed = 0
    with acting_as("b2b_jobs"):
        while batches := split_settlement(fixture_id):
            for batch in batches:
                changed += settle_batch(batch=batch, settled_at=now())
    return changed
