"""What tests read of a wallet, and how they take something back."""

from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.clock import now
from core.errors import Refusal
from core.tenancy import tenant
from tests.makers.wallet import new_reference
from wallet.models import JournalEntry, Player
from wallet.queries import get_wallet, list_entries
from wallet.rules import Rollback, Wallet
from wallet.services import roll_back


def wallet_of(player: Player) -> tuple[str, str, str]:
    with tenant(player.tenant_id):
        wallet = get_wallet(tenant_id=player.tenant_id, player_id=player.id)
    return shown(wallet)


def shown(wallet: Wallet) -> tuple[str, str, str]:
    return f"{wallet.available:.2f}", f"{wallet.in_play:.2f}", f"{wallet.debt:.2f}"


def undo(player: Player, original: str, *, reference: str = "") -> Rollback:
    return roll_back(
        tenant_id=player.tenant_id,
        player_id=player.id,
        reference=reference or new_reference("R"),
        original_reference=original,
        posted_at=now(),
    )


def code_of(call: Any) -> str:
    with pytest.raises(Refusal) as raised:
        call()
    return raised.value.code


def entries_of(player: Player) -> list[JournalEntry]:
    with tenant(player.tenant_id):
        return list_entries(
            tenant_id=player.tenant_id,
            player_id=player.id,
            posted_from=None,
            posted_before=None,
            kind=None,
            after=None,
            count=1000,
        )


def outbox_of(tenant_id: UUID, superuser_url: str) -> list[tuple[str, dict[str, Any]]]:
    with psycopg.connect(superuser_url) as superuser:
        return superuser.execute(
            "SELECT type, data FROM (SELECT id, tenant_id, type, data FROM core_outbox UNION ALL "
            "SELECT sequence, tenant_id, type, data FROM core_event) e WHERE tenant_id = %s ORDER BY id",
            [tenant_id],
        ).fetchall()
