"""What beat asks for."""

from celery import shared_task
from django.conf import settings

from core.clock import now
from reporting.services import counting, forgetting


@shared_task(name="reporting.count_activity")  # type: ignore[untyped-decorator]
def count_activity() -> None:
    """Add what happened since the last time to the figures of the dashboards."""
    counting.count_activity(counted_at=now())


@shared_task(name="reporting.forget_hours", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_hours() -> None:
    """Remove figures by the hour that are older than `HOURLY_FIGURES_DAYS`."""
    first = forgetting.first_hour_kept(at=now(), days=settings.HOURLY_FIGURES_DAYS)
    forgetting.forget_hours(before=first)
