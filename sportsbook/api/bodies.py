"""Bets as partners ask for them."""

from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from core.api.bodies import AmountText, Body, BodyInParts, Moment, OddsText, ReferenceText
from core.api.pagination import PageQuery
from core.currencies import scale_of
from core.errors import NotFound
from core.ids import NotAnId, parse_typeid
from core.money import amount_text, exact_text, odds_text, parse_amount, parse_odds, parse_tolerance
from core.references import fingerprint
from sportsbook.placement import BetRequest
from sportsbook.rules.facts import AskedBet, AskedLeg
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


class RawBets(BodyInParts, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A batch whose bets are read one by one, so that a broken one spoils no other."""

    bets: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=100)]


class BetsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Which bets; times are inclusive from, exclusive before."""

    player_id: str | None = None
    status: BetStatusText | Literal["pending", "rejected", "cashed_out"] | None = None
    reference: ReferenceText | None = None
    placed_from: Moment | None = None
    placed_before: Moment | None = None


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
