"""Bets as they are now, with legs and settlements: three queries a page, whatever its size."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.errors import NotFound
from core.models import Reference, ReferenceKind
from sportsbook.models import Bet, Leg, Settlement


@dataclass(frozen=True, slots=True)
class LegRow:
    fixture_id: UUID
    market_id: UUID
    outcome_id: UUID
    requested_odds: Decimal
    odds: Decimal
    status: str


@dataclass(frozen=True, slots=True)
class SettlementRow:
    revision: int
    kind: str
    status: str
    payout: Decimal | None
    reason: str
    settled_at: datetime


@dataclass(frozen=True, slots=True)
class BetRow:
    """A bet as it is now; amounts in `currency`."""

    bet_id: UUID
    reference: str
    player_id: UUID
    kind: str
    status: str
    stake: Decimal
    currency: str
    odds: Decimal
    potential_payout: Decimal
    payout: Decimal | None
    placed_at: datetime
    settled_at: datetime | None
    revision: int
    channel: str
    legs: list[LegRow] = field(default_factory=list)
    settlements: list[SettlementRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BetFilter:
    """Which bets of a tenant; an empty field says nothing."""

    player_id: UUID | None = None
    status: str | None = None
    reference: str | None = None
    placed_from: datetime | None = None
    placed_before: datetime | None = None


class BetNotFound(NotFound):
    message = "There is no bet with this id."


_COLUMNS = (
    "id",
    "reference",
    "player_id",
    "type",
    "status",
    "stake",
    "currency",
    "odds",
    "potential_payout",
    "payout",
    "placed_at",
    "settled_at",
    "revision",
    "channel",
)


def get_bet(*, tenant_id: UUID, bet_id: UUID) -> BetRow:
    """Return one bet, or raise BetNotFound; inside `tenant()`."""
    found = _rows(tenant_id, Bet.objects.filter(tenant_id=tenant_id, id=bet_id).values_list(*_COLUMNS))
    if not found:
        raise BetNotFound
    return found[0]


def list_bets(*, tenant_id: UUID, only: BetFilter, before: UUID | None, count: int) -> list[BetRow]:
    """Return up to `count` bets, newest first, of those before a bet's id; inside `tenant()`."""
    bets = Bet.objects.filter(tenant_id=tenant_id)
    if only.reference is not None:
        bets = bets.filter(
            id__in=list(
                Reference.objects.filter(
                    tenant_id=tenant_id, kind=ReferenceKind.BET, reference=only.reference
                ).values_list("subject_id", flat=True)
            )
        )
    if only.player_id is not None:
        bets = bets.filter(player_id=only.player_id)
    if only.status is not None:
        bets = bets.filter(status=only.status)
    if only.placed_from is not None:
        bets = bets.filter(placed_at__gte=only.placed_from)
    if only.placed_before is not None:
        bets = bets.filter(placed_at__lt=only.placed_before)
    if before is not None:
        bets = bets.filter(id__lt=before)
    return _rows(tenant_id, bets.order_by("-id").values_list(*_COLUMNS)[:count])


def _rows(tenant_id: UUID, values: Iterable[tuple[Any, ...]]) -> list[BetRow]:
    rows = [BetRow(*value) for value in values]
    ids = [row.bet_id for row in rows]
    legs: dict[UUID, list[LegRow]] = defaultdict(list)
    leg: list[Any]
    for bet_id, *leg in (
        Leg.objects.filter(tenant_id=tenant_id, bet_id__in=ids)
        .order_by("bet_id", "position")
        .values_list("bet_id", "fixture_id", "market_id", "outcome_id", "requested_odds", "odds", "status")
    ):
        legs[bet_id].append(LegRow(*leg))
    settlements: dict[UUID, list[SettlementRow]] = defaultdict(list)
    settlement: list[Any]
    for bet_id, *settlement in (
        Settlement.objects.filter(tenant_id=tenant_id, bet_id__in=ids)
        .order_by("bet_id", "revision")
        .values_list("bet_id", "revision", "kind", "status", "payout", "reason", "settled_at")
    ):
        settlements[bet_id].append(SettlementRow(*settlement))
    for row in rows:
        row.legs.extend(legs[row.bet_id])
        row.settlements.extend(settlements[row.bet_id])
    return rows
