"""What beat asks for."""

from celery import shared_task

from core.clock import now
from reporting.services import counting


@shared_task(name="reporting.count_activity")  # type: ignore[untyped-decorator]
def count_activity() -> None:
    """Add what happened since the last time to the figures of the dashboards."""
    counting.count_activity(counted_at=now())
