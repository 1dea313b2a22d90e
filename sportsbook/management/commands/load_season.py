"""Load the fixtures of a season, with markets and opening odds, from a file in the football-data format."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.clock import now
from core.errors import Refusal
from sportsbook.management.commands._season_file import a_date, read_file, report_problems
from sportsbook.rules.settling import MarketType
from sportsbook.season import Season
from sportsbook.services.feed import SeasonLoaded, load_season, load_season_anew


class Command(BaseCommand):
    help = (
        "Load a season. Twice loads once; a season played to its end is loaded anew as its next edition. "
        "Broken rows are named on standard error and the rest is loaded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a season in the football-data format")
        parser.add_argument(
            "--first-kickoff",
            type=a_date,
            metavar="DATE",
            help="the day (UTC) of the first kick-off, to which all kick-offs move as a whole; tomorrow "
            "if not given",
        )
        parser.add_argument(
            "--season-anew",
            action="store_true",
            help="load it as the next edition though the present one is not played to its end, and cancel "
            "what is left of that; refused while bets are open on it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        season = read_file(options["file"])
        report_problems(self, season.problems)
        self._report_missing_markets(season)
        if not season.fixtures:
            raise CommandError("Nothing was loaded: the file has no row that can be read.")
        load = load_season_anew if options["season_anew"] else load_season
        try:
            loaded = load(season=season, first_kick_off_date=options["first_kickoff"], loaded_at=now())
        except Refusal as refusal:
            raise CommandError(f"Nothing was loaded: {refusal.message}") from refusal
        for each in loaded:
            self.stdout.write(_summary(each))
        if season.problems:
            self.stderr.write(f"{len(season.problems)} rows were left out.")

    def _report_missing_markets(self, season: Season) -> None:
        for row in season.fixtures:
            offered = {quote.type for quote in row.opening}
            missing = [market.value for market in MarketType if market not in offered]
            if missing:
                self.stderr.write(
                    f"Without odds: line {row.line_number}, {row.home} - {row.away}: {', '.join(missing)}"
                )


def _summary(loaded: SeasonLoaded) -> str:
    edition = f" (edition {loaded.edition})" if loaded.edition > 1 else ""
    return (
        f"{loaded.competition} {loaded.season}{edition}: {loaded.added} fixtures loaded with "
        f"{loaded.markets} markets, {loaded.present} were there already; the first kick-off is on "
        f"{loaded.first_kick_off:%Y-%m-%d %H:%M} UTC."
    )
