"""Makers of players and of what their wallets hold; committed, as the api would, whoever the test is."""

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from secrets import token_hex
from typing import Any
from uuid import UUID

from django.db import connection

from core.clock import now
from tests.makers.roles import acting_as
from wallet.models import Player
from wallet.rules import NewPlayer, Posting
from wallet.services import create_player, deposit, update_player, withdraw


def new_reference(prefix: str = "T") -> str:
    """Return a reference that nobody has used."""
    return f"{prefix}-{token_hex(8)}"


def make_player(
    tenant_id: UUID,
    *,
    currency: str = "EUR",
    holds: str = "",
    status: str = "active",
    created_at: datetime | None = None,
    **kw: Any,
) -> Player:
    """Return a player of this tenant, who `holds` an amount already if one is given."""
    asked = NewPlayer(
        **{"reference": new_reference("P"), "currency": currency, "country": "MT", **kw},
    )
    with _as_api():
        player = create_player(tenant_id=tenant_id, asked=asked, created_at=created_at or now()).player
        if status != player.status:
            player = update_player(tenant_id=tenant_id, player_id=player.id, updated_at=now(), status=status)
    if holds:
        put(player, holds)
    return player


def put(player: Player, amount: str, *, reference: str = "", at: datetime | None = None) -> Posting:
    """Deposit into the player's wallet."""
    with _as_api():
        return deposit(
            tenant_id=player.tenant_id,
            player_id=player.id,
            reference=reference or new_reference("D"),
            amount=amount,
            currency=player.currency_id,
            posted_at=at or now(),
        )


def take(player: Player, amount: str, *, reference: str = "", at: datetime | None = None) -> Posting:
    """Withdraw from the player's wallet."""
    with _as_api():
        return withdraw(
            tenant_id=player.tenant_id,
            player_id=player.id,
            reference=reference or new_reference("W"),
            amount=amount,
            currency=player.currency_id,
            posted_at=at or now(),
        )


def _as_api() -> AbstractContextManager[None]:
    return nullcontext() if connection.settings_dict["USER"] == "b2b_api" else acting_as("b2b_api")
