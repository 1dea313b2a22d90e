"""Work on credentials in the background."""

from celery import shared_task

from core.clock import now
from partners import services


@shared_task(name="partners.forget_ended_tokens")  # type: ignore[untyped-decorator]
def forget_ended_tokens() -> None:
    """Forget revoked tokens that have expired by now; beat asks every ten minutes."""
    services.forget_ended_tokens(until=now())
