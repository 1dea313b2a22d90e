"""`manage.py load_requirements [FILE]`: enter what partners must prove, from a TOML file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.audit import acting
from core.clock import now
from partners.compliance.services import load_requirements
from partners.compliance.services.requirements import FILE


class Command(BaseCommand):
    help = "Enter and change compliance requirements from a TOML file; others stay as they are."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=FILE)

    def handle(self, *args: Any, **options: Any) -> None:
        with acting("load_requirements"):
            changed = load_requirements(file=options["file"], loaded_at=now())
        self.stdout.write(f"{changed} requirements entered or changed.")
