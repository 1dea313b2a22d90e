"""Sports, fixtures with their markets and results, and bets in the office."""

from sportsbook.admin import bets, fixtures, markets

__all__ = ["bets", "fixtures", "markets"]
