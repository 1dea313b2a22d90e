"""Makes the sample season: ten invented clubs, a double round robin, in the football-data format.

Every run makes the same bytes. Goals are drawn from Poisson distributions by the clubs' strengths; fair
odds come from the same distributions, and each of three invented bookmakers adds a margin of about 5 %. The
first of them stands in the columns `B365`, which readers of the format look at first. Nothing in it is of a
real club.

    python sportsbook/data/make_sample_season.py            (writes sample-season.csv beside this file)
"""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

SEED: Final = 20250809
DIVISION: Final = "S0"
FIRST_ROUND: Final = date(2025, 8, 9)
KICK_OFFS: Final = ("12:30", "15:00", "15:00", "15:00", "17:30")
BOOKMAKERS: Final = {"B365": 1.050, "NTX": 1.045, "QRO": 1.055}
"""Codes of invented bookmakers and their overround; `B365` is only a column's name here."""
HOME_ADVANTAGE: Final = 1.22
MEAN_GOALS: Final = 1.28
GOALS_MAX: Final = 12

CLUBS: Final = {
    # attack, defence: 1 is average, more attack scores more, more defence concedes less
    "Alderbeck Rovers": (1.42, 1.30),
    "Brindlemoor Town": (1.20, 1.15),
    "Corvath Athletic": (1.10, 1.22),
    "Dunmarrow City": (1.05, 0.98),
    "Eastermere": (0.98, 1.06),
    "Fennwick Albion": (0.95, 0.90),
    "Garrowdale": (0.92, 1.00),
    "Hollenport United": (0.88, 0.86),
    "Ivelstone": (0.80, 0.92),
    "Jarrowmede Wanderers": (0.76, 0.80),
}

HEADER: Final = (
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HTR,"
    "B365H,B365D,B365A,NTXH,NTXD,NTXA,QROH,QROD,QROA,"
    "B365>2.5,B365<2.5,NTX>2.5,NTX<2.5,AHh,B365AHH,B365AHA,NTXAHH,NTXAHA,"
    "B365CH,B365CD,B365CA,NTXCH,NTXCD,NTXCA,QROCH,QROCD,QROCA,"
    "B365C>2.5,B365C<2.5,NTXC>2.5,NTXC<2.5,AHCh,B365CAHH,B365CAHA,NTXCAHH,NTXCAHA"
)


@dataclass(frozen=True, slots=True)
class Chances:
    """Fair probabilities of a fixture, and its handicap line: the quarter goal nearest to even."""

    home: float
    draw: float
    away: float
    over: float
    line: float
    home_with_line: float


def make_sample_season() -> str:
    """Return the season's file, lines ended by `\\r\\n`."""
    chance = random.Random(SEED)  # noqa: S311  (a sample, not a secret)
    rows = [HEADER]
    for number, pairs in enumerate(draw_rounds(list(CLUBS))):
        # A winter break, and a Wednesday round now and then, as seasons have them.
        weeks = number + (2 if number >= 9 else 0)
        day = FIRST_ROUND + timedelta(weeks=weeks, days=4 if number % 6 == 5 else 0)
        clocks = ("19:45",) * 5 if number % 6 == 5 else KICK_OFFS
        for clock, (home, away) in zip(clocks, pairs, strict=True):
            cells = _make_row(chance, day, clock, home, away)
            rows.append(",".join(cells[name] for name in HEADER.split(",")))
    return "\r\n".join(rows) + "\r\n"


def draw_rounds(clubs: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    """Yield the rounds of a double round robin by the circle method; the second half turns home and away."""
    fixed, turning = clubs[0], list(clubs[1:])
    first_half: list[list[tuple[str, str]]] = []
    for number in range(len(clubs) - 1):
        ring = [fixed, *turning]
        half = len(ring) // 2
        first_half.append(
            [
                (away, home) if (number + at) % 2 else (home, away)
                for at, (home, away) in enumerate(zip(ring[:half], reversed(ring[half:]), strict=True))
            ]
        )
        turning = [turning[-1], *turning[:-1]]
    yield from first_half
    yield from ([(away, home) for home, away in pairs] for pairs in first_half)


def _make_row(chance: random.Random, day: date, clock: str, home: str, away: str) -> dict[str, str]:
    (home_attack, home_defence), (away_attack, away_defence) = CLUBS[home], CLUBS[away]
    means = (
        MEAN_GOALS * HOME_ADVANTAGE * home_attack / away_defence,
        MEAN_GOALS / HOME_ADVANTAGE * away_attack / home_defence,
    )
    # What bookmakers believe at first is off by a little; at closing, by less.
    opening = find_chances(means[0] * chance.uniform(0.9, 1.1), means[1] * chance.uniform(0.9, 1.1))
    closing = find_chances(means[0] * chance.uniform(0.97, 1.03), means[1] * chance.uniform(0.97, 1.03))
    halves = [[_draw_goals(chance, mean * share) for mean in means] for share in (0.45, 0.55)]
    at_half, at_end = halves[0], [first + second for first, second in zip(*halves, strict=True)]
    return {
        "Div": DIVISION,
        "Date": f"{day:%d/%m/%Y}",
        "Time": clock,
        "HomeTeam": home,
        "AwayTeam": away,
        "FTHG": str(at_end[0]),
        "FTAG": str(at_end[1]),
        "FTR": _result(at_end),
        "HTHG": str(at_half[0]),
        "HTAG": str(at_half[1]),
        "HTR": _result(at_half),
        "AHh": f"{opening.line:g}",
        "AHCh": f"{closing.line:g}",
        **_quote(chance, opening, ""),
        **_quote(chance, closing, "C"),
    }


def find_chances(home_mean: float, away_mean: float) -> Chances:
    """Return the fair probabilities when both teams' goals are Poisson with these means."""
    scores = {
        (home, away): _poisson(home_mean, home) * _poisson(away_mean, away)
        for home in range(GOALS_MAX + 1)
        for away in range(GOALS_MAX + 1)
    }
    lines = [quarters / 4 for quarters in range(-10, 11)]
    by_line = {line: _home_share(scores, line) for line in lines}
    line = min(lines, key=lambda each: (abs(by_line[each] - 0.5), each))
    return Chances(
        home=sum(share for (home, away), share in scores.items() if home > away),
        draw=sum(share for (home, away), share in scores.items() if home == away),
        away=sum(share for (home, away), share in scores.items() if home < away),
        over=sum(share for (home, away), share in scores.items() if home + away > 2.5),
        line=line,
        home_with_line=by_line[line],
    )


def _home_share(scores: dict[tuple[int, int], float], line: float) -> float:
    """Return the probability that evens out a handicap: of the stakes not returned, the home team's share."""
    won = lost = 0.0
    for (home, away), share in scores.items():
        for part in (math.floor(line * 2) / 2, math.ceil(line * 2) / 2):
            won += share / 2 * (home + part > away)
            lost += share / 2 * (home + part < away)
    return won / (won + lost)


def _quote(chance: random.Random, chances: Chances, mark: str) -> dict[str, str]:
    """Return every bookmaker's odds at opening (no mark) or closing (`C`), its margin in proportion."""
    cells: dict[str, str] = {}
    for code, overround in BOOKMAKERS.items():
        tilt = chance.uniform(-0.008, 0.008)
        shares = {
            "H": chances.home + tilt,
            "D": chances.draw,
            "A": chances.away - tilt,
            ">2.5": chances.over + tilt,
            "<2.5": 1 - chances.over - tilt,
            "AHH": chances.home_with_line + tilt,
            "AHA": 1 - chances.home_with_line - tilt,
        }
        cells |= {f"{code}{mark}{name}": _odds(share * overround) for name, share in shares.items()}
    return cells


def _odds(share: float) -> str:
    return f"{max(1.02, 1 / share):.2f}".rstrip("0").rstrip(".")


def _poisson(mean: float, goals: int) -> float:
    return math.exp(-mean) * mean**goals / math.factorial(goals)


def _draw_goals(chance: random.Random, mean: float) -> int:
    left, goals = chance.random(), 0
    while goals < GOALS_MAX // 2 and left > _poisson(mean, goals):
        left -= _poisson(mean, goals)
        goals += 1
    return goals


def _result(goals: Sequence[int]) -> str:
    return "H" if goals[0] > goals[1] else "A" if goals[0] < goals[1] else "D"


if __name__ == "__main__":
    Path(__file__).with_name("sample-season.csv").write_bytes(make_sample_season().encode())
