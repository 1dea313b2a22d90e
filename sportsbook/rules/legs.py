"""The legs of a bet: whether they go together, whether each can be bet on, and at which odds it is taken."""

from datetime import datetime
from typing import Any, Final

from core.errors import Rejected
from core.ids import typeid
from core.money import odds_text
from sportsbook.rules import refusals
from sportsbook.rules.facts import AskedBet, AskedLeg, BetFacts, LegFacts, TakenLeg
from sportsbook.rules.odds import is_taken

_STARTED: Final = frozenset({"in_play", "finished", "abandoned"})


def check_unrelated(facts: BetFacts) -> None:
    """Raise LegsRelated, naming the legs, if two are on one fixture."""
    fixtures = [leg.fixture_id for leg in facts.legs]
    if len(set(fixtures)) == len(fixtures):
        return
    related = [
        {"outcomeId": typeid("out", leg.outcome_id), "fixtureId": typeid("fix", leg.fixture_id)}
        for leg in facts.legs
        if fixtures.count(leg.fixture_id) > 1
    ]
    raise refusals.LegsRelated(details={"legs": related})


def check_products(facts: BetFacts) -> None:
    """Raise ProductDisabled if a leg is of a product that the partner does not offer."""
    for leg in facts.legs:
        if leg.product not in facts.enabled_products:
            raise refusals.ProductDisabled(details={"product": leg.product})


def take_legs(asked: AskedBet, facts: BetFacts, placed_at: datetime) -> tuple[TakenLeg, ...]:
    """Return the legs at the odds taken.

    Raises ProductDisabled, FixtureStarted, MarketSuspended or OddsChanged, in this order over all legs;
    each but the first names its legs in `details.legs`.
    """
    check_products(facts)
    refusal = find_shut(facts, placed_at)
    if refusal is not None:
        raise refusal
    pairs = list(zip(asked.legs, facts.legs, strict=True))
    moved = [
        {
            **_named(now),
            "requestedOdds": odds_text(seen.odds),
            "odds": odds_text(now.odds),
            "marketVersion": now.market_version,
        }
        for seen, now in pairs
        if not _is_leg_taken(seen, now, asked)
    ]
    if moved:
        raise refusals.OddsChanged(details={"legs": moved})
    return tuple(
        TakenLeg(now.outcome_id, now.market_id, now.fixture_id, seen.odds, now.odds) for seen, now in pairs
    )


def find_shut(facts: BetFacts, placed_at: datetime) -> Rejected | None:
    """Return why no stake at all can be taken on some leg, naming those legs; None if every leg is open."""
    started = [leg for leg in facts.legs if _is_started(leg, placed_at)]
    if started:
        return refusals.FixtureStarted(details={"legs": [_named(leg) for leg in started]})
    shut = [leg for leg in facts.legs if status_of(leg, placed_at) != "open"]
    if shut:
        return refusals.MarketSuspended(
            details={"legs": [{**_named(leg), "status": status_of(leg, placed_at)} for leg in shut]}
        )
    return None


def status_of(leg: LegFacts, placed_at: datetime) -> str:
    """Return the market's status; a fixture that is under way or not going ahead shuts its open markets."""
    if leg.market_status != "open" or (leg.fixture_status == "scheduled" and placed_at < leg.starts_at):
        return leg.market_status
    return "closed" if _is_started(leg, placed_at) else "suspended"


def _is_leg_taken(seen: AskedLeg, now: LegFacts, asked: AskedBet) -> bool:
    """A market that moved on from the version named lapses the bet, whichever odds the player would take."""
    if seen.market_version is not None and seen.market_version != now.market_version:
        return False
    return is_taken(seen=seen.odds, now=now.odds, choice=asked.odds_choice, tolerance=asked.odds_tolerance)


def _is_started(leg: LegFacts, placed_at: datetime) -> bool:
    return leg.fixture_status in _STARTED or (
        leg.fixture_status == "scheduled" and placed_at >= leg.starts_at
    )


def _named(leg: LegFacts) -> dict[str, Any]:
    return {
        "outcomeId": typeid("out", leg.outcome_id),
        "marketId": typeid("mkt", leg.market_id),
        "fixtureId": typeid("fix", leg.fixture_id),
    }
