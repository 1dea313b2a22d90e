"""Work on the ledger in the background."""

from celery import shared_task

from core.clock import now
from core.sealing.rounds import seal_round, verify_daily
from wallet.sealing import LEDGER


@shared_task(name="wallet.seal_ledger")  # type: ignore[untyped-decorator]
def seal_ledger() -> None:
    """Seal what was posted since the last time; beat asks every ten seconds."""
    seal_round(LEDGER, sealed_at=now())


@shared_task(name="wallet.verify_ledger", ignore_result=True)  # type: ignore[untyped-decorator]
def verify_ledger() -> None:
    """Check the whole ledger once a day; beat asks each hour."""
    verify_daily(LEDGER, verified_at=now())
