"""Bets as partners read them."""

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from core.api.bodies import Shown
from core.clock import instant_text
from core.currencies import scale_of
from core.ids import typeid
from core.money import amount_text, odds_text, round_half_up
from sportsbook.api.bodies import BetStatusText
from sportsbook.placement import PlacedBet
from sportsbook.queries.bets import BetRow
from sportsbook.rules.facts import Checked
from wallet.api.serializers import WalletView


class LegView(Shown, frozen=True, kw_only=True, rename="camel"):
    fixture_id: str
    market_id: str
    outcome_id: str
    requested_odds: str
    odds: str
    status: Literal["open", "won", "lost", "void", "half_won", "half_lost"]


class SettlementView(Shown, frozen=True, kw_only=True, rename="camel"):
    revision: int
    kind: Literal["settled", "resettled", "reopened", "cancelled"]
    status: BetStatusText
    payout: str | None
    reason: str
    settled_at: datetime


class _BetFields(Shown, frozen=True, kw_only=True, rename="camel"):
    bet_id: str
    reference: str
    player_id: str
    type: Literal["single", "multiple"]
    status: BetStatusText
    stake: str
    currency: str
    odds: str
    potential_payout: str
    payout: str | None
    placed_at: datetime
    decide_at: datetime | None
    revision: int
    legs: list[LegView]


class PlacedBetView(_BetFields, frozen=True, kw_only=True, rename="camel"):
    """A bet as it was placed, with the wallet right after."""

    wallet: WalletView


class BetView(_BetFields, frozen=True, kw_only=True, rename="camel"):
    """A bet as it is now, with every settlement."""

    settled_at: datetime | None
    channel: str
    revisions: list[SettlementView]


class BetList(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[BetView]
    next_cursor: str | None


class BatchResult(Shown, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`status` is the HTTP status the bet would have had alone; exactly one of `bet` and `error` is there."""

    status: int
    bet: PlacedBetView | None = None
    error: dict[str, Any] | None = None


class BatchView(Shown, frozen=True, kw_only=True, rename="camel"):
    results: list[BatchResult]


class CheckedLegView(Shown, frozen=True, kw_only=True, rename="camel"):
    outcome_id: str
    odds: str
    status: str


class CheckView(Shown, frozen=True, kw_only=True, rename="camel"):
    """`maxStake` is the largest stake that would pass now; `bindingLimit` is what sets it.

    No stake passes on a fixture that has started or a market that is shut: `maxStake` is then 0,
    `bindingLimit` `legs`, and `refusalCode` what a bet would be refused with.
    """

    max_stake: str
    binding_limit: Literal["max_bet", "daily_stake", "payout", "balance", "legs"]
    refusal_code: Literal["FIXTURE_STARTED", "MARKET_SUSPENDED"] | None
    legs: list[CheckedLegView]
    potential_payout: str


def placed_view(bet: PlacedBet) -> dict[str, Any]:
    """The answer to a placement, the same at every replay."""
    scale = bet.scale
    return {
        "betId": typeid("bet", bet.bet_id),
        "reference": bet.reference,
        "playerId": typeid("plr", bet.player_id),
        "type": bet.kind,
        "status": "accepted",
        "stake": amount_text(bet.stake, scale),
        "currency": bet.currency,
        "odds": shown_odds(bet.odds),
        "potentialPayout": amount_text(bet.potential_payout, scale),
        "payout": None,
        "placedAt": instant_text(bet.placed_at),
        "decideAt": None,
        "revision": 0,
        "legs": [
            _leg_view(leg.fixture_id, leg.market_id, leg.outcome_id, leg.requested_odds, leg.odds, "open")
            for leg in bet.legs
        ],
        "wallet": {
            "currency": bet.currency,
            "available": amount_text(bet.wallet.available, scale),
            "inPlay": amount_text(bet.wallet.in_play, scale),
            "debt": amount_text(bet.wallet.debt, scale),
        },
    }


def bet_view(bet: BetRow) -> dict[str, Any]:
    """A bet as it is now."""
    scale = scale_of(bet.currency)
    return {
        "betId": typeid("bet", bet.bet_id),
        "reference": bet.reference,
        "playerId": typeid("plr", bet.player_id),
        "type": bet.kind,
        "status": bet.status,
        "stake": amount_text(bet.stake, scale),
        "currency": bet.currency,
        "odds": shown_odds(bet.odds),
        "potentialPayout": amount_text(bet.potential_payout, scale),
        "payout": _amount(bet.payout, scale),
        "placedAt": instant_text(bet.placed_at),
        "decideAt": None,
        "settledAt": None if bet.settled_at is None else instant_text(bet.settled_at),
        "channel": bet.channel,
        "revision": bet.revision,
        "legs": [
            _leg_view(leg.fixture_id, leg.market_id, leg.outcome_id, leg.requested_odds, leg.odds, leg.status)
            for leg in bet.legs
        ],
        "revisions": [
            {
                "revision": row.revision,
                "kind": row.kind,
                "status": row.status,
                "payout": _amount(row.payout, scale),
                "reason": row.reason,
                "settledAt": instant_text(row.settled_at),
            }
            for row in bet.settlements
        ],
    }


def check_view(checked: Checked, scale: int) -> dict[str, Any]:
    """What a bet could be."""
    return {
        "maxStake": amount_text(checked.stake_max, scale),
        "bindingLimit": checked.binding_limit,
        "refusalCode": checked.refusal_code,
        "legs": [
            {"outcomeId": typeid("out", leg.outcome_id), "odds": odds_text(leg.odds), "status": leg.status}
            for leg in checked.legs
        ],
        "potentialPayout": amount_text(checked.potential_payout, scale),
    }


def shown_odds(odds: Decimal) -> str:
    """Total odds as kept, with at most 18 decimals: a replay shows what the first answer showed."""
    return odds_text(round_half_up(odds, 18))


def _leg_view(
    fixture_id: Any, market_id: Any, outcome_id: Any, requested_odds: Decimal, odds: Decimal, status: str
) -> dict[str, str]:
    return {
        "fixtureId": typeid("fix", fixture_id),
        "marketId": typeid("mkt", market_id),
        "outcomeId": typeid("out", outcome_id),
        "requestedOdds": odds_text(requested_odds),
        "odds": odds_text(odds),
        "status": status,
    }


def _amount(amount: Decimal | None, scale: int) -> str | None:
    return None if amount is None else amount_text(amount, scale)
