"""Reading players, wallets and the ledger. Everything here runs inside `tenant()`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from core.errors import NotFound
from wallet.models import Balance, EntryKind, JournalEntry, Player
from wallet.rules import Direction, Wallet, direction_of

MILLISECOND: Final = timedelta(milliseconds=1)
_NOTHING: Final = Decimal(0)


def get_player(*, tenant_id: UUID, player_id: UUID) -> Player:
    """Return a player. Raises NotFound."""
    found = Player.objects.filter(tenant_id=tenant_id, id=player_id).first()
    if found is None:
        raise NotFound
    return found


def list_players(*, tenant_id: UUID, reference: str | None, after: UUID | None, count: int) -> list[Player]:
    """Return players, newest first; `after` is the last one of the page before."""
    players = Player.objects.filter(tenant_id=tenant_id).order_by("-id")
    if reference is not None:
        players = players.filter(reference=reference)
    if after is not None:
        players = players.filter(id__lt=after)
    return list(players[:count])


def get_wallet(*, tenant_id: UUID, player_id: UUID) -> Wallet:
    """Return a player's wallet as it is now. Raises NotFound."""
    found = (
        Balance.objects.filter(tenant_id=tenant_id, player_id=player_id)
        .values_list("currency", "available", "in_play", "debt")
        .first()
    )
    if found is None:
        raise NotFound
    return Wallet(*found)


def get_wallet_at(*, tenant_id: UUID, player_id: UUID, at: datetime) -> Wallet:
    """Return a player's wallet as its last entry left it, entries within the millisecond of `at` included.

    Partners see moments to the millisecond: asking for the moment of an entry gives the wallet after it.
    Before the first entry a wallet is empty. Raises NotFound.
    """
    before = at.replace(microsecond=at.microsecond // 1000 * 1000) + MILLISECOND
    found = (
        JournalEntry.objects.filter(tenant_id=tenant_id, player_id=player_id, posted_at__lt=before)
        .order_by("-posted_at")
        .values_list("currency", "available", "in_play", "debt")
        .first()
    )
    if found is not None:
        return Wallet(*found)
    return Wallet(get_wallet(tenant_id=tenant_id, player_id=player_id).currency, _NOTHING, _NOTHING, _NOTHING)


def list_entries(
    *,
    tenant_id: UUID,
    player_id: UUID,
    posted_from: datetime | None,
    posted_before: datetime | None,
    kind: str | None,
    after: datetime | None,
    count: int,
) -> list[JournalEntry]:
    """Return a player's ledger, newest first; `after` is the moment of the last entry of the page before."""
    entries = JournalEntry.objects.filter(tenant_id=tenant_id, player_id=player_id).order_by("-posted_at")
    if posted_from is not None:
        entries = entries.filter(posted_at__gte=posted_from)
    if posted_before is not None:
        entries = entries.filter(posted_at__lt=posted_before)
    if kind is not None:
        entries = entries.filter(kind=kind)
    if after is not None:
        entries = entries.filter(posted_at__lt=after)
    return list(entries[:count])


def find_directions(*, tenant_id: UUID, entries: Sequence[JournalEntry]) -> dict[UUID, Direction]:
    """Return the direction of each entry's amount, by the entry's id; one query if any is a rollback."""
    rollbacks = [entry for entry in entries if entry.kind == EntryKind.ROLLBACK]
    originals = [entry.subject_id for entry in rollbacks if entry.subject_id is not None]
    kinds: dict[UUID | None, str] = {}
    if originals:
        found = JournalEntry.objects.filter(tenant_id=tenant_id, id__in=originals)
        kinds.update(found.values_list("id", "kind"))
    return {
        entry.id: direction_of(entry.kind, original_kind=kinds.get(entry.subject_id, "")) for entry in entries
    }
