"""A season from a file in the football-data format, whole rows only.

One row is one fixture: teams, date and time as the clocks in the United Kingdom show them, odds of several
bookmakers at opening and at closing, and the score once it is played. A broken row is reported by line and
column and the rest is kept; a file that cannot be read at all raises SeasonUnreadable.

Odds of a market are Bet365's, else those of the first bookmaker, in the order of the columns, that has the
whole set; they are never mixed. The best and the average over bookmakers (`Max`, `Avg`) are nobody's odds
and are never taken. Betfair's exchange (`BFE`) quotes before its commission, so it is taken only where no
bookmaker has the set. Cells of bookmakers that are not needed are not read.
"""

from sportsbook.season.facts import (
    MarketOdds,
    RowProblem,
    Score,
    Season,
    SeasonFixture,
    find_shift,
    shift_kick_offs,
)
from sportsbook.season.reading import SeasonUnreadable, read_season

__all__ = [
    "MarketOdds",
    "RowProblem",
    "Score",
    "Season",
    "SeasonFixture",
    "SeasonUnreadable",
    "find_shift",
    "read_season",
    "shift_kick_offs",
]
