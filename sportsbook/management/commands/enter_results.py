"""Enter the results of a season from a file in the football-data format, and see its bets settled."""

import time
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from core import audit
from core.clock import now
from sportsbook.management.commands._season_file import a_date, read_file, report_problems, report_unknown
from sportsbook.queries.fixtures import count_open_legs
from sportsbook.queries.settling import list_unsettled_fixtures
from sportsbook.services.following import ResultsEntered, enter_season_results

POLL_SECONDS: Final = 0.25
REMIND_SECONDS: Final = 10
PATIENCE_SECONDS: Final = 120


class Command(BaseCommand):
    help = (
        "Enter the results of a loaded season and wait until every bet on them is settled. A result that is "
        "there already changes nothing; another score is a correction."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a season in the football-data format")
        parser.add_argument(
            "--until",
            type=a_date,
            metavar="DATE",
            help="only fixtures that kick off up to this day (UTC), as they are played here; a day before "
            "the first kick-off here that lies within the file's own days is taken as one of those",
        )
        parser.add_argument(
            "--rehearsal",
            action="store_true",
            help="also before the kick-off, where no real money is on a fixture",
        )
        parser.add_argument(
            "--wait",
            action=BooleanOptionalAction,
            default=True,
            help="wait until the workers have settled every bet (the default)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        season = read_file(options["file"])
        report_problems(self, season.problems)
        with audit.acting("enter_results"):
            entered = enter_season_results(
                season=season,
                until=options["until"],
                rehearsal=options["rehearsal"],
                entered_by="enter_results",
                entered_at=now(),
            )
        self._report(entered, options["until"])
        if options["wait"]:
            self._wait(entered.fixture_ids)

    def _report(self, entered: ResultsEntered, until_date: date | None) -> None:
        report_unknown(self, entered.unknown)
        for row, refusal in entered.refused[:20]:
            self.stderr.write(f"Refused: line {row.line_number}, {row.home} - {row.away}: {refusal.message}")
        if len(entered.refused) > 20:
            self.stderr.write(f"Refused: {len(entered.refused) - 20} more fixtures.")
        until = f" up to {until_date}" if until_date else ""
        if not entered.fixture_ids:
            raise CommandError(f"No result{until} was entered.")
        self.stdout.write(
            f"{entered.entered} results{until} entered, {entered.unchanged} were there already, "
            f"{len(entered.refused)} refused."
        )

    def _wait(self, fixture_ids: Sequence[UUID]) -> None:
        """Poll until the workers are done, and give up once nothing has moved for a while."""
        left = list_unsettled_fixtures(among=fixture_ids)
        open_legs = -1
        moved_at = told_at = time.monotonic()
        while left:
            time.sleep(POLL_SECONDS)
            before, left = left, list_unsettled_fixtures(among=left)
            at = time.monotonic()
            if len(left) < len(before):
                moved_at = at
            if left and at - told_at > REMIND_SECONDS:
                told_at = at
                legs_before, open_legs = open_legs, count_open_legs(left)
                if open_legs != legs_before:
                    moved_at = at
                self.stdout.write(f"{len(left)} fixtures with {open_legs} open legs are still to be settled.")
            if at - moved_at > PATIENCE_SECONDS:
                raise CommandError(
                    f"{len(left)} fixtures are not settled and nothing has moved for {PATIENCE_SECONDS} "
                    "seconds: is a worker running? They will be settled once one is."
                )
        self.stdout.write(f"The bets on all {len(fixture_ids)} fixtures are settled.")
