"""Registering players and changing what may change about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from core.audit import record
from core.currencies import scale_of
from core.errors import NotFound
from core.events import publish
from core.ids import uuid7
from core.models import ReferenceKind
from core.references import find_answer, fingerprint, store_answer, store_refusal
from core.tenancy import tenant
from partners.models import TenantCurrency
from wallet.events import PlayerRegistered, PlayerReinstated, PlayerSuspended
from wallet.models import KycStatus, Player, PlayerStatus
from wallet.queries import get_player
from wallet.rules import CurrencyNotEnabled, NewPlayer, check_status_change


@dataclass(frozen=True, slots=True)
class Registered:
    """A player as first answered: later changes do not show here."""

    player: Player
    is_replay: bool


def create_player(*, tenant_id: UUID, asked: NewPlayer, created_at: datetime) -> Registered:
    """Register a player and open the wallet, once for ever under the reference.

    Raises InvalidPlayer, UnknownCurrency, CurrencyNotEnabled, ReferenceConflict, ReferenceInProgress; a
    stored refusal comes again as RefusedBefore.
    """
    asked.check(today=created_at.date())
    scale_of(asked.currency)  # a currency that the platform lacks is a broken request, as in every other call
    content = fingerprint(asked.content())
    with tenant(tenant_id):
        before = find_answer(kind=ReferenceKind.PLAYER, reference=asked.reference, content=content)
        if before is not None:
            assert before.subject_id is not None
            player = get_player(tenant_id=tenant_id, player_id=before.subject_id)
            player.status, player.kyc_status, player.vip = PlayerStatus.ACTIVE, KycStatus.NONE, asked.vip
            return Registered(player, is_replay=True)
        if TenantCurrency.objects.filter(tenant_id=tenant_id, currency_id=asked.currency).exists():
            return Registered(_register(tenant_id, asked, content, created_at), is_replay=False)
        refusal = CurrencyNotEnabled(details={"currency": asked.currency})
        store_refusal(
            tenant_id=tenant_id,
            kind=ReferenceKind.PLAYER,
            reference=asked.reference,
            content=content,
            refusal=refusal,
            answered_at=created_at,
        )
    raise refusal


def _register(tenant_id: UUID, asked: NewPlayer, content: bytes, created_at: datetime) -> Player:
    player = Player(
        id=uuid7(),
        tenant_id=tenant_id,
        reference=asked.reference,
        currency_id=asked.currency,
        country=asked.country,
        time_zone=asked.time_zone,
        vip=asked.vip,
        name=asked.name,
        email=asked.email,
        birth_date=asked.birth_date,
        created_at=created_at,
    )
    player.save(force_insert=True)
    store_answer(
        tenant_id=tenant_id,
        kind=ReferenceKind.PLAYER,
        reference=asked.reference,
        content=content,
        status=201,
        subject_id=player.id,
        answered_at=created_at,
    )
    publish(
        PlayerRegistered(
            tenant_id=tenant_id,
            occurred_at=created_at,
            player_id=player.id,
            reference=player.reference,
            currency=player.currency_id,
            country=player.country,
        )
    )
    return player


def update_player(
    *,
    tenant_id: UUID,
    player_id: UUID,
    updated_at: datetime,
    vip: bool | None = None,
    kyc_status: str | None = None,
    status: str | None = None,
    reason: str = "",
) -> Player:
    """Change what is given; None leaves as is. Returns the player as changed.

    The wallet is locked first, as every posting does, so that no bet is accepted after a suspension has
    committed. Raises NotFound, and PlayerClosed when a closed account is asked to open again.
    """
    wanted = {"vip": vip, "kyc_status": kyc_status, "status": status}
    with tenant(tenant_id):
        if not _lock_wallet(player_id):
            raise NotFound
        player = get_player(tenant_id=tenant_id, player_id=player_id)
        changed: dict[str, Any] = {
            name: value
            for name, value in wanted.items()
            if value is not None and value != getattr(player, name)
        }
        if not changed:
            return player
        check_status_change(before=player.status, after=changed.get("status", player.status))
        before = {name: getattr(player, name) for name in changed}
        for name, value in changed.items():
            setattr(player, name, value)
        player.save(update_fields=list(changed))
        record(
            action="change player",
            subject=player,
            recorded_at=updated_at,
            before=before,
            after=changed,
            reason=reason,
        )
        _announce_status(player, before=before.get("status"), changed_at=updated_at)
    return player


def _announce_status(player: Player, *, before: str | None, changed_at: datetime) -> None:
    """Announce that a player was suspended, or may bet again; `before` is None where the status stayed."""
    told: type[PlayerSuspended] | type[PlayerReinstated]
    if before == PlayerStatus.ACTIVE and player.status == PlayerStatus.SUSPENDED:
        told = PlayerSuspended
    elif before == PlayerStatus.SUSPENDED and player.status == PlayerStatus.ACTIVE:
        told = PlayerReinstated
    else:
        return
    publish(
        told(
            tenant_id=player.tenant_id,
            occurred_at=changed_at,
            player_id=player.id,
            reference=player.reference,
        )
    )


def _lock_wallet(player_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wallet_lock_wallet(%s)", [player_id])
        return bool(cursor.fetchone()[0])
