"""Bets as partners write and read them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from core.api.bodies import AmountText, Body, Moment, OddsText, ReferenceText, Shown
from core.api.pagination import PageQuery
from core.clock import instant_text
from core.currencies import scale_of
from core.errors import NotFound
from core.ids import NotAnId, parse_typeid, typeid
from core.money import (
    amount_text,
    exact_text,
    odds_text,
    parse_amount,
    parse_odds,
    parse_tolerance,
    round_half_up,
)
from core.references import fingerprint
from sportsbook.placement import BetRequest, PlacedBet
from sportsbook.queries.bets import BetRow
from sportsbook.rules.facts import AskedBet, AskedLeg, Checked
from sportsbook.rules.odds import OddsChoice

CurrencyText = Annotated[str, Meta(min_length=2, max_length=16)]
BetStatusText = Literal["accepted", "won", "lost", "void", "part_won", "part_lost", "cancelled"]


class PlaceLeg(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """An outcome and the odds that the player saw."""

    outcome_id: str
    odds: OddsText
    market_version: Annotated[int, Meta(ge=1, le=2**31 - 1)] | None = None
    banker: bool = False


class PlaceBet(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A bet to place. `oddsChange` says which moves of the odds the player takes, `oddsTolerance` how far."""

    reference: ReferenceText
    player_id: str
    stake: AmountText
    currency: CurrencyText
    legs: Annotated[list[PlaceLeg], Meta(max_length=100)]
    stake_type: Literal["total", "unit"] = "total"
    system: Any = None
    allow_duplicate: bool = False
    odds_change: Literal["none", "higher", "lower", "any"] = "none"
    odds_tolerance: OddsText = "0"
    channel: Annotated[
        str,
        Meta(
            max_length=16,
            pattern=r"^[A-Za-z0-9._-]*$(?!\n)",
            extra={"wanted": "at most 16 of the characters A-Z a-z 0-9 . _ -"},
        ),
    ] = ""


class PlaceBets(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Up to 100 bets, each placed or refused on its own."""

    bets: Annotated[list[PlaceBet], Meta(min_length=1, max_length=100)]


class RawBets(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A batch whose bets are read one by one, so that a broken one spoils no other."""

    bets: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=100)]


class BetsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Which bets; times are inclusive from, exclusive before."""

    player_id: str | None = None
    status: BetStatusText | Literal["pending", "rejected", "cashed_out"] | None = None
    reference: ReferenceText | None = None
    placed_from: Moment | None = None
    placed_before: Moment | None = None


class WalletView(Shown, frozen=True, kw_only=True, rename="camel"):
    currency: str
    available: str
    in_play: str
    debt: str


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


PLACE_EXAMPLE: Final = {
    "reference": "A-1001",
    "playerId": "plr_01k0000000e00800000000000r",
    "stake": "25.00",
    "currency": "EUR",
    "legs": [{"outcomeId": "out_01k0000000e00800000000000s", "odds": "1.95"}],
}


def bet_request(body: PlaceBet) -> BetRequest:
    """Return what is asked for, in the domain's terms.

    Raises BadAmount, BadOdds or UnknownCurrency; NotFound for an id that is no id, as for one that never was.
    """
    asked = AskedBet(
        player_id=_body_id("plr", body.player_id, "playerId"),
        stake=parse_amount(body.stake, scale_of(body.currency), field="stake", zero_allowed=True),
        currency=body.currency,
        legs=tuple(_asked_leg(place, leg) for place, leg in enumerate(body.legs)),
        odds_choice=OddsChoice(body.odds_change),
        odds_tolerance=parse_tolerance(body.odds_tolerance),
        allow_duplicate=body.allow_duplicate,
        system=body.system,
    )
    return BetRequest(
        reference=body.reference,
        fingerprint=fingerprint(_content(body, asked)),
        asked=asked,
        channel=body.channel,
    )


def _content(body: PlaceBet, asked: AskedBet) -> dict[str, Any]:
    """Return what a repeated request must say again: the same values, however its decimals are written."""
    content: dict[str, Any] = msgspec.to_builtins(body)
    content["stake"] = amount_text(asked.stake, scale_of(asked.currency))
    content["oddsTolerance"] = exact_text(asked.odds_tolerance, 0)
    for written, leg in zip(content["legs"], asked.legs, strict=True):
        written["odds"] = odds_text(leg.odds)
    return content


def _asked_leg(place: int, leg: PlaceLeg) -> AskedLeg:
    return AskedLeg(
        outcome_id=_body_id("out", leg.outcome_id, f"legs[{place}].outcomeId"),
        odds=parse_odds(leg.odds, field=f"legs[{place}].odds"),
        market_version=leg.market_version,
        banker=leg.banker,
    )


_NAMES: Final = {"plr": "player", "out": "outcome"}


def _body_id(prefix: str, text: str, field: str) -> Any:
    try:
        return parse_typeid(prefix, text)
    except NotAnId:
        raise NotFound(f"There is no {_NAMES[prefix]} with this id.", details={"field": field}) from None


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
