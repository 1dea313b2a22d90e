"""Registering players and changing what may change about them."""

from collections.abc import Mapping
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
from wallet.holds import PlayerHeld
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
            player.suspended_by_partner, player.held_by = False, []
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
    """Change what a partner asks for; None leaves as is. Returns the player as changed.

    A status is the partner's own word: it suspends for the partner, and lifts the partner's suspension alone.
    Raises NotFound, PlayerClosed when a closed account is asked to open again, and PlayerHeld when a player
    is to bet again whom the platform has suspended.
    """
    with tenant(tenant_id):
        player = lock_player(tenant_id=tenant_id, player_id=player_id)
        asked = {"vip": vip, "kyc_status": kyc_status}
        wanted = {name: value for name, value in asked.items() if value is not None}
        if status is not None:
            wanted |= _asked_by_partner(player, status)
        write_player(player, wanted, written_at=updated_at, reason=reason)
    return player


def _asked_by_partner(player: Player, status: str) -> dict[str, Any]:
    check_status_change(before=player.status, after=status)
    if status == PlayerStatus.CLOSED:
        return {"status": status}
    if status == PlayerStatus.ACTIVE and player.held_by:
        raise PlayerHeld
    return {"status": status, "suspended_by_partner": status == PlayerStatus.SUSPENDED}


def lock_player(*, tenant_id: UUID, player_id: UUID) -> Player:
    """Return a player whom nobody else writes until the end of the transaction. Raises NotFound.

    The wallet is locked, as by every posting, so that no bet is accepted after a suspension has committed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT wallet_lock_wallet(%s)", [player_id])
        if not cursor.fetchone()[0]:
            raise NotFound
    return get_player(tenant_id=tenant_id, player_id=player_id)


def write_player(player: Player, wanted: Mapping[str, Any], *, written_at: datetime, reason: str) -> None:
    """Write what is wanted of a locked player where it differs, record it, and announce a new status."""
    changed = {name: value for name, value in wanted.items() if value != getattr(player, name)}
    if not changed:
        return
    before = {name: getattr(player, name) for name in changed}
    for name, value in changed.items():
        setattr(player, name, value)
    player.save(update_fields=list(changed))
    record(
        action="change player",
        subject=player,
        recorded_at=written_at,
        before=before,
        after=changed,
        reason=reason,
    )
    _announce_status(player, before=before.get("status"), changed_at=written_at)


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
