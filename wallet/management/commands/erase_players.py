"""`manage.py erase_players`: list the players that were erased, and erase those of such a list again.

The list holds ids alone. Keep it beside the backups: after one is restored, everybody who was erased since it
was made is erased again.
"""

from argparse import FileType
from typing import Any, TextIO
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.clock import now
from core.errors import NotFound
from core.ids import NotAnId, parse_typeid, typeid
from wallet.models import Player
from wallet.rules import PlayerErased, PlayerNotClosed
from wallet.services import update_player
from wallet.services.erasing import erase_player


class Command(BaseCommand):
    help = "List erased players; with --again FILE erase those whom a restored backup brought back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", type=FileType("r"), metavar="FILE", help="lines of tnt_... plr_...")

    def handle(self, *args: Any, again: TextIO | None, **options: Any) -> None:
        if again is None:
            erased = Player.objects.exclude(erased_at=None).order_by("erased_at")
            for tenant_id, player_id in erased.values_list("tenant_id", "pk").iterator():
                self.stdout.write(f"{typeid('tnt', tenant_id)} {typeid('plr', player_id)}")
            return
        count = sum(self._again(line) for line in again if line.strip())
        self.stdout.write(f"{count} players are erased again.")

    def _again(self, line: str) -> int:
        try:
            tenant_id, player_id = _ids(line)
        except (NotAnId, ValueError) as error:
            raise CommandError(f"This is no line of such a list: {line.strip()!r}") from error
        reason = "erased before the backup was restored"
        try:
            try:
                erase_player(tenant_id=tenant_id, player_id=player_id, reason=reason, erased_at=now())
            except PlayerNotClosed:
                update_player(
                    tenant_id=tenant_id, player_id=player_id, status="closed", reason=reason, updated_at=now()
                )
                erase_player(tenant_id=tenant_id, player_id=player_id, reason=reason, erased_at=now())
        except (PlayerErased, NotFound):
            return 0
        return 1


def _ids(line: str) -> tuple[UUID, UUID]:
    tenant, player = line.split()
    return parse_typeid("tnt", tenant), parse_typeid("plr", player)
