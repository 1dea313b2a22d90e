"""Bring fixtures to their closing odds, from a file in the football-data format (the columns with a C)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.clock import now
from sportsbook.management.commands._season_file import read_file, report_problems, report_unknown
from sportsbook.services.following import follow_closing_odds


class Command(BaseCommand):
    help = (
        "Give the fixtures of a loaded season their closing odds. A handicap at another line is another "
        "market, and the market at the line that is no longer quoted is suspended. Twice changes nothing "
        "more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a season in the football-data format")

    def handle(self, *args: Any, **options: Any) -> None:
        season = read_file(options["file"])
        report_problems(self, season.problems)
        followed = follow_closing_odds(season=season, changed_at=now())
        report_unknown(self, followed.unknown)
        if not followed.quoted and not followed.over and not followed.without_odds:
            raise CommandError("No odds were changed: none of the fixtures is loaded.")
        self.stdout.write(
            f"{followed.quoted} fixtures have their closing odds, "
            f"{followed.markets_changed} markets changed; "
            f"{followed.over} fixtures are no longer ahead, "
            f"{followed.without_odds} have no closing odds in the file."
        )
