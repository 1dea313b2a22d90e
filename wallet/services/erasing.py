"""Forgetting who a player is: wallet, bets and ledger stay, and nobody knows any more whose they are."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from core.audit import record
from core.errors import NotFound
from core.ids import typeid
from core.tenancy import tenant
from wallet.models import Player, PlayerStatus
from wallet.queries import get_player
from wallet.rules import PlayerErased, PlayerNotClosed


def erase_player(*, tenant_id: UUID, player_id: UUID, reason: str, erased_at: datetime) -> Player:
    """Blank what tells who a closed player is, and record that it was done and why, without the values.

    Returns the player as it is then. Raises NotFound, PlayerNotClosed, PlayerErased.
    """
    with tenant(tenant_id):
        player = get_player(tenant_id=tenant_id, player_id=player_id)
        if player.erased_at is not None:
            raise PlayerErased
        if player.status != PlayerStatus.CLOSED:
            raise PlayerNotClosed
        if not _erase(player_id, erased_at):
            raise NotFound
        record(
            action="erase player",
            subject=player,
            after={"erased": ["name", "email", "birth_date", "time_zone"]},
            reason=reason,
            recorded_at=erased_at,
        )
        player.refresh_from_db()
    return player


def _erase(player_id: UUID, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wallet_erase_player(%s, %s, %s)", [player_id, typeid("plr", player_id), at])
        row = cursor.fetchone()
    assert row is not None
    return bool(row[0])
