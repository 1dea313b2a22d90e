"""`manage.py export_player plr_... FILE`: write what is kept of a player to a ZIP file (GDPR article 15)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core import audit
from core.clock import now
from core.ids import NotAnId, parse_typeid
from core.subjects import export_subject
from wallet.models import Player


class Command(BaseCommand):
    help = "Write all that is kept of a player, as JSON and CSV, to a ZIP file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("player", help="plr_...")
        parser.add_argument("file", type=Path)
        parser.add_argument("--reason", required=True, help="kept in the history")

    def handle(self, *args: Any, player: str, file: Path, reason: str, **options: Any) -> None:
        try:
            row = Player.objects.filter(pk=parse_typeid("plr", player)).first()
        except NotAnId as error:
            raise CommandError("A player's id begins with plr_.") from error
        if row is None:
            raise CommandError("There is no such player.")
        with transaction.atomic():
            audit.record(action="export personal data", subject=row, reason=reason, recorded_at=now())
        file.touch(mode=0o600)
        file.write_bytes(export_subject(row))
        self.stdout.write(f"{file} is written.")
