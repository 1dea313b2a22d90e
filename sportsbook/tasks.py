"""Settlement in the background. Every task may be killed or repeated at any moment."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task
from django.db import DatabaseError

from core.clock import now
from sportsbook.dispatch import SETTLE_FIXTURE, settle_soon
from sportsbook.queries.settling import list_unsettled_fixtures
from sportsbook.services.settling import Batch, BatchContended, settle_batch, split_settlement

LOOK_AGAIN_SECONDS = 2
"""When to look again for what is left of a large fixture, and how much later for each of its batches."""
LOOK_AGAIN_SECONDS_A_BATCH = 0.1
LOST_AFTER = timedelta(seconds=30)
"""How long a settlement may be on its way before it counts as lost."""
LAST_BATCHES = 8
"""As many batches as workers may be at work at the end; each of them looks whether it was the last."""
RETRY = {
    "autoretry_for": (DatabaseError, BatchContended),
    "retry_backoff": 1,
    "retry_backoff_max": 30,
    "max_retries": 8,
}


@shared_task(name=SETTLE_FIXTURE, **RETRY)  # type: ignore[untyped-decorator]
def settle_fixture(*, fixture_id: str) -> None:
    """Settle a small fixture at once; split a large one over the workers and look again."""
    batches = split_settlement(UUID(fixture_id))
    if len(batches) == 1:
        settle_batch(batch=batches[0], settled_at=now())
        batches = split_settlement(UUID(fixture_id))
    if not batches:
        return
    for left, batch in zip(range(len(batches), 0, -1), batches, strict=True):
        settle_bets.delay(
            tenant_id=str(batch.tenant_id),
            fixture_id=fixture_id,
            bet_ids=[str(bet_id) for bet_id in batch.bet_ids],
            is_among_last=left <= LAST_BATCHES,
        )
    settle_fixture.apply_async(
        kwargs={"fixture_id": fixture_id},
        countdown=LOOK_AGAIN_SECONDS + LOOK_AGAIN_SECONDS_A_BATCH * len(batches),
    )


@shared_task(name="sportsbook.settle_bets", **RETRY)  # type: ignore[untyped-decorator]
def settle_bets(*, tenant_id: str, fixture_id: str, bet_ids: list[str], is_among_last: bool = False) -> None:
    """Settle one batch of a fixture's bets; the last one marks the fixture as settled."""
    batch = Batch(UUID(tenant_id), UUID(fixture_id), tuple(UUID(bet_id) for bet_id in bet_ids))
    settle_batch(batch=batch, settled_at=now())
    if is_among_last:
        split_settlement(batch.fixture_id)


@shared_task(name="sportsbook.sweep_settlements")  # type: ignore[untyped-decorator]
def sweep_settlements() -> None:
    """Take up every settlement that was lost on its way: a broker or a worker that died."""
    for fixture_id in list_unsettled_fixtures(entered_before=now() - LOST_AFTER, count=500):
        settle_soon(fixture_id)
