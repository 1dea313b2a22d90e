"""What beat asks for: the pump, letters about disabled endpoints, and that nothing is kept past its time."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from core.audit import acting
from core.clock import now
from webhooks import services
from webhooks.pumping.slices import forget_waiting_slices, pump_slice


@shared_task(name="webhooks.pump", ignore_result=True, acks_late=False)  # type: ignore[untyped-decorator]
def pump() -> None:
    """Send what is due, for one slice. Beat asks each second, and one of those who wait is enough."""
    forget_waiting_slices()
    pump_slice(seconds=settings.WEBHOOK_SLICE_SECONDS)


@shared_task(name="webhooks.forget_old", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_old() -> None:
    """Remove deliveries and attempts past their time, and secrets that have ended."""
    services.forget_old(older_than=timedelta(days=settings.WEBHOOK_RETENTION_DAYS), at=now())


@shared_task(name="webhooks.send_notices", ignore_result=True)  # type: ignore[untyped-decorator]
def send_notices() -> None:
    """Tell partners and account managers of endpoints that the platform disabled."""
    with acting("send_notices"):
        services.enter_notices(at=now())
        services.send_notices(at=now())
