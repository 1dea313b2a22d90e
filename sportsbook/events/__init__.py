"""What the sportsbook announces: facts about fixtures and markets, and to each tenant what concerns it."""

from sportsbook.events.bets import BetPlaced, BetRejected, BetSettled
from sportsbook.events.fixtures import FixtureChanged, FixtureUpdated, MarketChanged, OddsChanged

__all__ = (
    "BetPlaced",
    "BetRejected",
    "BetSettled",
    "FixtureChanged",
    "FixtureUpdated",
    "MarketChanged",
    "OddsChanged",
)
