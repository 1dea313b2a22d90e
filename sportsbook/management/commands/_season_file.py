"""Reading the file that a season's command is given, and saying what was wrong with it."""

from argparse import ArgumentTypeError
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from sportsbook.season import RowProblem, Season, SeasonFixture, SeasonUnreadable, read_season


def a_date(text: str) -> date:
    """Return a date given as 2025-08-15."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date like 2025-08-15") from None


def read_file(path: Path) -> Season:
    """Return the season in a file, or end the command where it cannot be read at all."""
    try:
        return read_season(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    except SeasonUnreadable as error:
        raise CommandError(f"{path}: {error}") from error


def report_problems(command: BaseCommand, problems: Iterable[RowProblem]) -> None:
    """Name every row that was left out, by its line, on standard error."""
    for problem in problems:
        command.stderr.write(f"Left out: {problem}")


def report_unknown(command: BaseCommand, rows: Iterable[SeasonFixture]) -> None:
    """Name every row whose fixture was never loaded."""
    for row in rows:
        command.stderr.write(f"Not loaded: line {row.line_number}, {row.home} - {row.away}")
