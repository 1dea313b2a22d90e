"""What beat asks for that belongs to no other app."""

from celery import shared_task

from core import clock, heartbeats, services


@shared_task(name="core.beat_heart", ignore_result=True)  # type: ignore[untyped-decorator]
def beat_heart() -> None:
    """Say that beat and at least one worker live."""
    heartbeats.beat("workers")


@shared_task(name="core.forget_idempotency_keys", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_idempotency_keys() -> None:
    """Remove keys whose answers nobody may ask for any more."""
    services.forget_idempotency_keys(now=clock.now())
