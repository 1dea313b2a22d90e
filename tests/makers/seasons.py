"""Makers of season files in the football-data format, each of a division that nobody else has."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sportsbook.season import Season, read_season

HEADER = (
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,B365H,B365D,B365A,B365>2.5,B365<2.5,AHh,B365AHH,B365AHA,"
    "B365CH,B365CD,B365CA,B365C>2.5,B365C<2.5,AHCh,B365CAHH,B365CAHA"
)
OPENING = "2.10,3.40,3.60,1.95,1.87,-0.25,1.91,1.99"
CLOSING = "2.20,3.40,3.40,1.95,1.87,-0.5,1.95,1.95"


@dataclass(frozen=True)
class Row:
    """One fixture of a file; a score is given as "2-1", odds as the cells of the header."""

    home: str
    away: str
    date: str = "16/08/2025"
    time: str = "15:00"
    score: str = ""
    opening: str = OPENING
    closing: str = CLOSING

    def text(self, division: str) -> str:
        home, _, away = self.score.partition("-")
        winner = "" if not self.score else "HDA"[(home == away) + 2 * (int(away) > int(home))]
        return ",".join(
            (
                division,
                self.date,
                self.time,
                self.home,
                self.away,
                home,
                away,
                winner,
                self.opening,
                self.closing,
            )
        )


ROWS = (
    Row("Alder", "Birch", score="2-1"),
    Row("Cedar", "Elm", date="17/08/2025", time="12:30", score="0-0"),
    Row("Birch", "Cedar", date="23/08/2025", score="1-3"),
)


@dataclass(frozen=True)
class MadeSeason:
    """A season file: its division, its text, and what the reader makes of it."""

    division: str
    text: str

    @property
    def season(self) -> Season:
        return read_season(self.text.encode())

    def written(self, folder: Path) -> str:
        """Write the file and return its path."""
        path = folder / f"{self.division}.csv"
        path.write_text(self.text, "utf-8")
        return str(path)


def make_season(rows: Sequence[Row | str] = ROWS, *, division: str = "") -> MadeSeason:
    """Return a season of these rows; a row given as text is put in as it is."""
    division = division or f"T{secrets.token_hex(5)}"
    lines = [row if isinstance(row, str) else row.text(division) for row in rows]
    return MadeSeason(division, "\n".join([HEADER, *lines]) + "\n")
