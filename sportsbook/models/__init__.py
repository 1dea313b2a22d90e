"""Fixtures, markets and odds; bets, legs and their settlements."""

from sportsbook.models.announced import AnnouncedOdds
from sportsbook.models.bets import Bet, BetKind, BetStatus, Leg, LegStatus, Settlement, SettlementKind
from sportsbook.models.fixtures import (
    Competition,
    Fixture,
    FixtureStatus,
    Market,
    MarketStatus,
    MarketType,
    OddsChange,
    Outcome,
    Result,
    Sport,
)

__all__ = [
    "AnnouncedOdds",
    "Bet",
    "BetKind",
    "BetStatus",
    "Competition",
    "Fixture",
    "FixtureStatus",
    "Leg",
    "LegStatus",
    "Market",
    "MarketStatus",
    "MarketType",
    "OddsChange",
    "Outcome",
    "Result",
    "Settlement",
    "SettlementKind",
    "Sport",
]
