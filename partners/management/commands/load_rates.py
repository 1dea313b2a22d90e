"""Import exchange rates from a CSV file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit import acting
from core.clock import now
from core.errors import Refusal
from partners.services import import_exchange_rates


class Command(BaseCommand):
    help = (
        "Import exchange rates from a CSV file with the columns base,quote,date,rate,source. A broken row is "
        "named with its line on standard error and the rest is loaded; twice loads once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file, in UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open(encoding="utf-8-sig", newline="") as lines, acting("load_rates"):
                imported = import_exchange_rates(lines, imported_at=now())
        except (OSError, UnicodeDecodeError, Refusal) as error:
            raise CommandError(f"The file cannot be read: {getattr(error, 'message', error)}") from error
        for row in imported.broken:
            self.stderr.write(f"line {row.line}: {row.message}")
        self.stdout.write(
            f"{imported.entered} rates entered, {imported.unchanged} were there already, "
            f"{len(imported.broken)} rows left out."
        )
