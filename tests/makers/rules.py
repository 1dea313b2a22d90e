"""Makers of what the rules of placing are given: facts that let a bet stand, and the bet that asks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from core.errors import Refusal
from risk.rules import LimitFacts
from sportsbook.rules.facts import AskedBet, AskedLeg, BetFacts, LegFacts, PlayerFacts
from sportsbook.rules.placing import decide

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPACE = UUID(int=7)
PLAYER = uuid5(SPACE, "player")


def name(kind: str, number: int) -> UUID:
    return uuid5(SPACE, f"{kind} {number}")


def leg(number: int = 1, **changed: Any) -> LegFacts:
    facts = LegFacts(
        outcome_id=name("outcome", number),
        market_id=name("market", number),
        fixture_id=name("fixture", number),
        market_status="open",
        market_version=7,
        fixture_status="scheduled",
        starts_at=NOW + timedelta(hours=3),
        odds=Decimal("1.95"),
    )
    return replace(facts, **changed)


def given_facts(*legs: LegFacts, player: dict[str, Any] | None = None, **changed: Any) -> BetFacts:
    facts = BetFacts(
        legs=legs or (leg(),),
        player=replace(PlayerFacts("active", "EUR", False, Decimal(100_000)), **(player or {})),
        limits=LimitFacts(Decimal(10_000), Decimal(50_000), Decimal(0), Decimal(1)),
        scale=2,
        duplicate_seen=False,
        partner_status="active",
        tenant_status="active",
        enabled_products=frozenset({"prematch"}),
    )
    return replace(facts, **changed)


def ask(facts: BetFacts, **changed: Any) -> AskedBet:
    legs = tuple(AskedLeg(each.outcome_id, each.odds) for each in facts.legs)
    return replace(AskedBet(PLAYER, Decimal("25.00"), "EUR", legs), **changed)


def refuse(asked: AskedBet, facts: BetFacts) -> Refusal:
    with pytest.raises(Refusal) as refused:
        decide(asked, facts, NOW)
    return refused.value
