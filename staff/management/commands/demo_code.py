"""`manage.py demo_code NAME`: the code that the authenticator of one of the demo's staff shows now."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.clock import now
from staff.services.authenticators import code_at


class Command(BaseCommand):
    help = "Print the code that lets one of the demo's staff in at this moment; each code lets in once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", default="demo", help="the user name, as demo.json has it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo = json.loads((Path(settings.VAR) / "demo.json").read_text("utf-8"))
        except FileNotFoundError:
            raise CommandError("There is no demo here: `make up` makes one.") from None
        staff = {each["username"]: each["totpSecret"] for each in (demo["staff"], *demo["staffUsers"])}
        name = options["name"]
        if name not in staff:
            raise CommandError(f"The demo has no {name}; it has {', '.join(staff)}.")
        self.stdout.write(code_at(staff[name], now()))
