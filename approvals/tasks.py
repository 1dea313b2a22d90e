"""Requests for approval in the background: expiry, and changes that were approved but interrupted."""

from datetime import timedelta
from uuid import UUID

from celery import shared_task

from approvals import letters, services
from core.clock import now

INTERRUPTED_AFTER = timedelta(minutes=1)


@shared_task(name="approvals.expire_requests")  # type: ignore[untyped-decorator]
def expire_requests() -> None:
    """Close what nobody decided in time; beat asks every minute."""
    services.expire_requests(at=now())


@shared_task(name="approvals.send_letters")  # type: ignore[untyped-decorator]
def send_letters() -> None:
    """Remind of what ends within a day, and send the letters that wait; beat asks every minute."""
    letters.enter_reminders(at=now())
    letters.send_letters(at=now())


@shared_task(name="approvals.sweep_interrupted")  # type: ignore[untyped-decorator]
def sweep_interrupted() -> None:
    """Take up approved changes that were interrupted on their way; beat asks every minute."""
    for request_id in services.list_interrupted(before=now() - INTERRUPTED_AFTER):
        carry_out.delay(request_id=str(request_id))


@shared_task(name="approvals.carry_out", max_retries=0)  # type: ignore[untyped-decorator]
def carry_out(*, request_id: str) -> None:
    """Make one approved change."""
    services.carry_out(request_id=UUID(request_id), at=now())
