"""Which columns of a football-data header hold whose odds of which market, at opening and at closing.

A column is a bookmaker's code, `C` at closing, and the outcome: `B365H`, `B365CH`, `B365>2.5`, `B365C>2.5`,
`B365AHH`, `B365CAHH`. The handicap is one column for all bookmakers: `AHh`, and `AHCh` at closing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sportsbook.rules.settling import MarketType

FIRST_CHOICE: Final = "B365"
LAST_RESORT: Final = "BFE"
NOBODYS: Final = frozenset({"Max", "Avg", "BbMx", "BbAv"})
"""The best and the average of several bookmakers."""

_CODES: Final = frozenset(
    {"B365", "BFD", "BFE", "BMGM", "BV", "BW", "CL", "LB", "P", "PS", "VC", "WH", "IW", "1XB"}
)


@dataclass(frozen=True, slots=True)
class OddsColumns:
    """One bookmaker's columns of a market: pairs of an outcome's name and a column."""

    bookmaker: str
    outcomes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class MarketColumns:
    """A market's columns: the bookmakers as they are asked in turn. A handicap's line is a column."""

    type: MarketType
    line: Decimal | None
    opening_line_column: str
    closing_line_column: str
    opening: tuple[OddsColumns, ...]
    closing: tuple[OddsColumns, ...]


def find_market_columns(header: Sequence[str]) -> tuple[MarketColumns, ...]:
    """Return the markets whose columns a header has, with the bookmakers that have every outcome."""
    return (
        _find_market(header, MarketType.MATCH_RESULT, {"home": "H", "draw": "D", "away": "A"}),
        _find_market(header, MarketType.TOTAL_GOALS, {"over": ">2.5", "under": "<2.5"}, Decimal("2.5")),
        _find_market(header, MarketType.ASIAN_HANDICAP, {"home": "AHH", "away": "AHA"}),
    )


def _find_market(
    header: Sequence[str], market: MarketType, suffixes: dict[str, str], line: Decimal | None = None
) -> MarketColumns:
    present = set(header)
    first, *others = suffixes.values()
    stems = [
        stem
        for column in header
        if column.endswith(first)
        and (stem := column.removesuffix(first))
        and all(stem + suffix in present for suffix in others)
    ]
    closing = _find_closing(stems)
    opening = [stem for stem in stems if stem not in closing]
    return MarketColumns(
        type=market,
        line=line,
        opening_line_column="AHh",
        closing_line_column="AHCh",
        opening=_in_order({stem: stem for stem in opening}, suffixes),
        closing=_in_order({stem[:-1]: stem for stem in closing}, suffixes),
    )


def _find_closing(stems: Sequence[str]) -> list[str]:
    """Return the stems of closing columns, which stand after all opening ones.

    A `C` at the end can be a bookmaker's own (`VC`), so the first closing stem is one whose bookmaker is
    known, from the opening columns or by its code.
    """
    known = _CODES.union(stems)
    for at, stem in enumerate(stems):
        if stem.endswith("C") and stem[:-1] in known:
            return [each for each in stems[at:] if each.endswith("C")]
    return []


def _in_order(stems: dict[str, str], suffixes: dict[str, str]) -> tuple[OddsColumns, ...]:
    bookmakers = sorted(
        (code for code in stems if code not in NOBODYS),
        key=lambda code: (code == LAST_RESORT, code != FIRST_CHOICE),
    )
    return tuple(
        OddsColumns(code, tuple((name, stems[code] + suffix) for name, suffix in suffixes.items()))
        for code in bookmakers
    )
