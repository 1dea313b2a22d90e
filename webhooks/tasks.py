"""What beat asks for: that nothing is kept past its time."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from core.clock import now
from webhooks import services


@shared_task(name="webhooks.forget_old", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_old() -> None:
    """Remove deliveries and attempts past their time, and secrets that have ended."""
    services.forget_old(older_than=timedelta(days=settings.WEBHOOK_RETENTION_DAYS), at=now())
