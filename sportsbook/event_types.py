"""What partners are told of bets, odds and fixtures: the shape of each event's data."""

from typing import Annotated, Literal

from msgspec import Meta

from core.event_types import (
    Amount,
    BetId,
    CurrencyCode,
    EventType,
    FixtureId,
    Instant,
    MarketId,
    Odds,
    OutcomeId,
    PlayerId,
    QuoteId,
    Reference,
    Told,
    declare_events,
)

BetType = Literal["single", "multiple", "system"]
SettledStatus = Literal["accepted", "won", "lost", "void", "part_won", "part_lost", "cashed_out", "cancelled"]
LegState = Literal["open", "won", "lost", "void", "half_won", "half_lost"]
FixtureState = Literal["scheduled", "in_play", "suspended", "finished", "postponed", "abandoned", "cancelled"]
MarketState = Literal["open", "suspended", "closed", "settled", "cancelled"]
Line = Annotated[str, Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="A decimal string.")]


class PlacedLegData(Told, frozen=True, kw_only=True, rename="camel"):
    fixture_id: FixtureId
    market_id: MarketId
    outcome_id: OutcomeId
    odds: Odds


class BetPlacedData(Told, frozen=True, kw_only=True, rename="camel"):
    bet_id: BetId
    reference: Reference
    player_id: PlayerId
    type: BetType
    stake: Amount
    currency: CurrencyCode
    odds: Odds
    potential_payout: Amount
    placed_at: Instant
    legs: list[PlacedLegData]


class RejectedLegData(Told, frozen=True, kw_only=True, rename="camel"):
    """`odds` are those that the player saw."""

    outcome_id: OutcomeId
    odds: Odds


class BetRejectedData(Told, frozen=True, kw_only=True, rename="camel"):
    """`code` is one of the error codes that are stored; asking again gives it again."""

    reference: Reference
    player_id: PlayerId
    code: str
    message: str
    stake: Amount
    currency: CurrencyCode
    rejected_at: Instant
    legs: list[RejectedLegData]


class SettledLegData(Told, frozen=True, kw_only=True, rename="camel"):
    outcome_id: OutcomeId
    status: LegState


class BetSettledData(Told, frozen=True, kw_only=True, rename="camel"):
    """`revision` grows by 1 with every settlement; `payout` is null where the bet is open again."""

    bet_id: BetId
    reference: Reference
    player_id: PlayerId
    status: SettledStatus
    revision: int
    stake: Amount
    payout: Amount | None
    currency: CurrencyCode
    settled_at: Instant
    legs: list[SettledLegData]


class BetCancelledData(Told, frozen=True, kw_only=True, rename="camel"):
    bet_id: BetId
    reference: Reference
    player_id: PlayerId
    revision: int
    stake: Amount
    currency: CurrencyCode
    reason: str
    cancelled_at: Instant


class BetCashedOutData(Told, frozen=True, kw_only=True, rename="camel"):
    """`reference` is that of the cash-out; `portion` is the share of the stake that was cashed, up to 1."""

    bet_id: BetId
    reference: Reference
    player_id: PlayerId
    quote_id: QuoteId
    portion: Amount
    payout: Amount
    currency: CurrencyCode
    cashed_out_at: Instant


class OddsChangedData(Told, frozen=True, kw_only=True, rename="camel"):
    """`previousOdds` are those last announced to this tenant, or those that the market opened with."""

    fixture_id: FixtureId
    sport: str
    competition: str
    market_id: MarketId
    market_type: str
    line: Line | None
    market_status: MarketState
    market_version: int
    outcome_id: OutcomeId
    name: str
    odds: Odds
    previous_odds: Odds
    changed_at: Instant


class ScoreData(Told, frozen=True, kw_only=True, rename="camel"):
    home: int
    away: int


class FixtureUpdatedData(Told, frozen=True, kw_only=True, rename="camel"):
    """The fixture as it is now, and the names of what changed."""

    fixture_id: FixtureId
    sport: str
    competition: str
    home: str
    away: str
    starts_at: Instant
    status: FixtureState
    score: ScoreData | None
    changed: list[Literal["startsAt", "status", "score"]]
    updated_at: Instant


_BET = {
    "betId": "bet_01kjm9y4q8fhs8w2yv6cx0m3rt",
    "reference": "A-1001",
    "playerId": "plr_01kjm9xq5ee0ra3bjgn7wv2m4s",
}
_OUTCOME = "out_01kjm9wd3nf4vr0t5c8ya1k6ez"
_MARKET = "mkt_01kjm9wd2hfn9b7q4x6we3s8pc"
_FIXTURE = "fix_01kjm9wcy0e3sv5k8n1rz7t2qa"
_AT = "2026-03-01T12:00:00.000Z"

declare_events(
    EventType(
        "bet.placed",
        "a stake was taken and the bet stands",
        BetPlacedData,
        {
            **_BET,
            "type": "single",
            "stake": "25.00",
            "currency": "EUR",
            "odds": "1.95",
            "potentialPayout": "48.75",
            "placedAt": _AT,
            "legs": [{"fixtureId": _FIXTURE, "marketId": _MARKET, "outcomeId": _OUTCOME, "odds": "1.95"}],
        },
    ),
    EventType(
        "bet.rejected",
        "a bet was refused for good, so that its reference has a stored refusal",
        BetRejectedData,
        {
            "reference": "A-1002",
            "playerId": _BET["playerId"],
            "code": "MARKET_SUSPENDED",
            "message": "The market takes no bets at present.",
            "stake": "25.00",
            "currency": "EUR",
            "rejectedAt": _AT,
            "legs": [{"outcomeId": _OUTCOME, "odds": "1.95"}],
        },
    ),
    EventType(
        "bet.settled",
        "a bet was settled, settled anew by another result, or opened again without one",
        BetSettledData,
        {
            **_BET,
            "status": "won",
            "revision": 1,
            "stake": "25.00",
            "payout": "48.75",
            "currency": "EUR",
            "settledAt": _AT,
            "legs": [{"outcomeId": _OUTCOME, "status": "won"}],
        },
    ),
    EventType(
        "bet.cancelled",
        "a bet was cancelled and its stake given back",
        BetCancelledData,
        {
            **_BET,
            "revision": 1,
            "stake": "25.00",
            "currency": "EUR",
            "reason": "wrong odds",
            "cancelledAt": _AT,
        },
        is_planned=True,
    ),
    EventType(
        "bet.cashed_out",
        "a bet, or a portion of it, was cashed out",
        BetCashedOutData,
        {
            **_BET,
            "reference": "C-77",
            "quoteId": "quo_01kjm9z0a4fxb9s7d2m5vq8wke",
            "portion": "1",
            "payout": "31.20",
            "currency": "EUR",
            "cashedOutAt": _AT,
        },
        is_planned=True,
    ),
    EventType(
        "odds.changed",
        "an outcome's odds differ from those last announced to you by your threshold or more",
        OddsChangedData,
        {
            "fixtureId": _FIXTURE,
            "sport": "football",
            "competition": "E0",
            "marketId": _MARKET,
            "marketType": "match_result",
            "line": None,
            "marketStatus": "open",
            "marketVersion": 8,
            "outcomeId": _OUTCOME,
            "name": "home",
            "odds": "2.10",
            "previousOdds": "2.00",
            "changedAt": _AT,
        },
    ),
    EventType(
        "fixture.updated",
        "a fixture has another start, status or score",
        FixtureUpdatedData,
        {
            "fixtureId": _FIXTURE,
            "sport": "football",
            "competition": "E0",
            "home": "Arsenal",
            "away": "Chelsea",
            "startsAt": "2026-03-01T10:00:00.000Z",
            "status": "finished",
            "score": {"home": 2, "away": 1},
            "changed": ["status", "score"],
            "updatedAt": _AT,
        },
    ),
)
