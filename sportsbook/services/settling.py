"""Settling bets by the latest result of a fixture: in batches, in parallel, resumable, each bet exactly once.

What is to be done is never remembered but found: a leg whose status is not what the latest result makes of
it. So a batch that is killed, repeated or overtaken does no harm, and a resettlement is the same work as the
first settlement. A batch reads, decides, and writes in one call of the database, which leaves alone every
bet that has changed since it was read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from core.arrays import columns_of
from core.currencies import scale_of
from core.events import event_values
from core.ids import uuid7
from core.tenancy import tenant
from sportsbook.events import BetSettled
from sportsbook.models import Fixture, SettlementKind
from sportsbook.queries.settling import (
    BetToSettle,
    LatestResult,
    ResultMarket,
    find_batches,
    get_bets_to_settle,
    get_latest_result,
)
from sportsbook.rules.settling import (
    LegStatus,
    MarketType,
    SettledLeg,
    dead_heat_of,
    find_leg_statuses,
    reason_of,
    settle,
)
from wallet.events import BalanceUpdated

BATCH_SIZE: Final = 400
ATTEMPTS_MAX: Final = 8
ACTOR: Final = "settlement"
ACCEPTED: Final = "accepted"


@dataclass(frozen=True, slots=True)
class Batch:
    """Bets of one tenant on one fixture."""

    tenant_id: UUID
    fixture_id: UUID
    bet_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """What becomes of one bet. `kind` is 'legs' where only legs change."""

    bet: BetToSettle
    legs: tuple[str, ...]
    kind: str
    status: str
    payout: Decimal | None
    reversal_id: UUID | None
    entry_id: UUID | None


class BatchContended(Exception):
    """The bets of a batch kept changing; what is left is found again by the next sweep."""


def split_settlement(fixture_id: UUID, *, batch_size: int = BATCH_SIZE) -> list[Batch]:
    """Return the batches that the latest result of a fixture leaves to do; none when all is done.

    With none to do, the fixture is marked as settled by that result.
    """
    result = get_latest_result(fixture_id)
    if result is None:
        return []
    batches = [
        Batch(tenant_id, fixture_id, tuple(bet_ids))
        for tenant_id, bet_ids in find_batches(
            result, statuses_by_outcome(result.markets, result.home, result.away), batch_size
        )
    ]
    if not batches:
        Fixture.objects.filter(id=fixture_id, result_number=result.number).update(
            settled_number=result.number
        )
    return batches


def settle_batch(*, batch: Batch, settled_at: datetime) -> int:
    """Settle the bets of a batch by the fixture's latest result, and return how many changed.

    Raises BatchContended if some bets would not stand still.
    """
    changed = 0
    for _ in range(ATTEMPTS_MAX):
        with tenant(batch.tenant_id):
            result = get_latest_result(batch.fixture_id)
            if result is None:
                return changed
            wanted = statuses_by_outcome(result.markets, result.home, result.away)
            bets = get_bets_to_settle(
                tenant_id=batch.tenant_id,
                fixture_id=batch.fixture_id,
                statuses=wanted,
                bet_ids=batch.bet_ids,
            )
            if not bets:
                return changed
            changes = [_decide(bet, batch.fixture_id, wanted) for bet in bets]
            outcomes = _write(batch, result, changes, settled_at)
        changed += sum(outcome not in ("moved", "stale") for outcome in outcomes)
    raise BatchContended


def statuses_by_outcome(
    markets: Iterable[ResultMarket], home: int | None, away: int | None
) -> dict[UUID, str]:
    """Return what a score makes of every outcome of a fixture's markets; without one they are open again."""
    statuses: dict[UUID, str] = {}
    for market in markets:
        if home is None or away is None:
            statuses.update((outcome_id, LegStatus.OPEN.value) for outcome_id in market.outcomes)
            continue
        found = find_leg_statuses(MarketType(market.type), market.line, home, away)
        statuses.update((outcome_id, found[name].value) for outcome_id, name in market.outcomes.items())
    return statuses


def _decide(bet: BetToSettle, fixture_id: UUID, wanted: dict[UUID, str]) -> _Change:
    legs = tuple(wanted[leg.outcome_id] if leg.fixture_id == fixture_id else leg.status for leg in bet.legs)
    verdict = settle(
        bet.stake,
        [
            SettledLeg(leg.odds, LegStatus(status), dead_heat_of(leg.dead_heat))
            for leg, status in zip(bet.legs, legs, strict=True)
        ],
        scale_of(bet.currency),
    )
    status, payout = (ACCEPTED, None) if verdict is None else (verdict.status.value, verdict.payout)
    if bet.status == "cancelled" or (status, payout) == (bet.status, bet.payout):
        return _Change(bet, legs, "legs", bet.status, bet.payout, None, None)
    was_settled = bet.status != ACCEPTED
    if verdict is None:
        kind = SettlementKind.REOPENED
    elif bet.revision:
        kind = SettlementKind.RESETTLED
    else:
        kind = SettlementKind.SETTLED
    return _Change(
        bet=bet,
        legs=legs,
        kind=kind.value,
        status=status,
        payout=payout,
        reversal_id=uuid7() if was_settled else None,
        entry_id=None if verdict is None else uuid7(),
    )


def _counted(bet_status: str, stake: Decimal, payout: Decimal | None) -> tuple[Decimal, Decimal]:
    """Return what a bet in this state counts in stakes and payouts: nothing while it is open."""
    return (Decimal(0), Decimal(0)) if payout is None else (stake, payout)


def _released(change: _Change) -> Decimal:
    """Return how much of the daily limit (USD) the change gives back; undoing a void takes it again."""
    was_void, is_void = change.bet.status == "void", change.status == "void"
    if was_void == is_void:
        return Decimal(0)
    return change.bet.limit_stake if is_void else -change.bet.limit_stake


WRITE: Final = """
    SELECT outcome FROM sportsbook_settle_bets(
        %s, %s, %s, %s, %s,
        %s::uuid[], %s::int[], %s::text[], %s::text[], %s::text[], %s::numeric[],
        %s::numeric[], %s::numeric[], %s::uuid[], %s::uuid[], %s::uuid[], %s::numeric[],
        %s::int[], %s::int[], %s::text[],
        %s::int[], %s::uuid[], %s::text[], %s::text[]::jsonb[])
"""


def _write(batch: Batch, result: LatestResult, changes: Sequence[_Change], settled_at: datetime) -> list[str]:
    rows = [_bet_row(change) for change in changes]
    legs = [row for place, change in enumerate(changes, start=1) for row in _leg_rows(place, change)]
    events = [
        row
        for place, change in enumerate(changes, start=1)
        for row in _event_rows(place, change, batch.tenant_id, settled_at)
    ]
    reason = reason_of(result.reason, home=result.home, away=result.away)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE,
            [
                settled_at,
                batch.fixture_id,
                result.number,
                ACTOR,
                reason,
                *columns_of(rows, 12),
                *columns_of(legs, 3),
                *columns_of(events, 4),
            ],
        )
        return [outcome for (outcome,) in cursor.fetchall()]


def _bet_row(change: _Change) -> tuple[Any, ...]:
    bet = change.bet
    stakes_before, payouts_before = _counted(bet.status, bet.stake, bet.payout)
    stakes, payouts = _counted(change.status, bet.stake, change.payout)
    is_single = len(bet.legs) == 1
    return (
        bet.bet_id,
        bet.revision,
        ",".join(leg.status for leg in bet.legs),
        change.kind,
        change.status,
        change.payout,
        stakes - stakes_before,
        payouts - payouts_before,
        bet.legs[0].fixture_id if is_single else None,
        change.reversal_id,
        change.entry_id,
        _released(change),
    )


def _leg_rows(place: int, change: _Change) -> list[tuple[Any, ...]]:
    return [
        (place, leg.position, status)
        for leg, status in zip(change.bet.legs, change.legs, strict=True)
        if leg.status != status
    ]


def _event_rows(place: int, change: _Change, tenant_id: UUID, settled_at: datetime) -> list[tuple[Any, ...]]:
    if change.kind == "legs":
        return []
    bet = change.bet
    entry_id = change.entry_id or change.reversal_id
    assert entry_id is not None
    settled = BetSettled(
        tenant_id=tenant_id,
        occurred_at=settled_at,
        bet_id=bet.bet_id,
        reference=bet.reference,
        player_id=bet.player_id,
        status=change.status,
        revision=bet.revision + 1,
        stake=bet.stake,
        payout=change.payout,
        currency=bet.currency,
        scale=scale_of(bet.currency),
        legs=tuple((leg.outcome_id, status) for leg, status in zip(bet.legs, change.legs, strict=True)),
    )
    balance = BalanceUpdated(
        tenant_id=tenant_id,
        occurred_at=settled_at,
        player_id=bet.player_id,
        currency=bet.currency,
        entry_id=entry_id,
        kind="bet_settled" if change.entry_id else "bet_reversed",
    )
    return [(place, *event_values(event)) for event in (settled, balance)]
