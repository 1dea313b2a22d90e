"""`manage.py records_of_processing`: write docs/privacy.md from what the apps declare of their data.

`--contracts` prints what stands in the tables instead: the contract of each partner for whom players' data
are processed, and who lacks one.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.api.codes import DOCS
from core.processing import record_text, registers_text


class Command(BaseCommand):
    help = "Write the record of processing (GDPR article 30) to docs/privacy.md."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing, fail if it would change")

        parser.add_argument(
            "--contracts", action="store_true", help="print the partners' contracts; write nothing"
        )

    def handle(self, *args: Any, check: bool, contracts: bool, **options: Any) -> None:
        if contracts:
            self.stdout.write(registers_text(), ending="")
            return
        path, text = DOCS / "privacy.md", record_text()
        if not check:
            path.write_text(text, "utf-8")
            self.stdout.write("docs/privacy.md is written.")
        elif not path.exists() or path.read_text("utf-8") != text:
            raise CommandError("docs/privacy.md is out of date: run manage.py records_of_processing.")
        else:
            self.stdout.write("docs/privacy.md is what the code says.")
