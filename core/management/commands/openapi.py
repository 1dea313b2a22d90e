"""`manage.py openapi [--check]`: write `docs/openapi.json`, or compare it with what the code says."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.api.codes import DOCS
from core.api.openapi import document_text


class Command(BaseCommand):
    help = "Write docs/openapi.json from the code, or with --check say whether it is up to date."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail where the file differs")

    def handle(self, *args: Any, **options: Any) -> None:
        path = DOCS / "openapi.json"
        text = document_text()
        if not options["check"]:
            path.write_text(text, "utf-8")
            self.stdout.write(f"{path} is written.")
        elif not path.is_file() or path.read_text("utf-8") != text:
            raise CommandError(
                "docs/openapi.json differs from the code: run `make openapi` and look at the change."
            )
        else:
            self.stdout.write("docs/openapi.json is what the code says.")
