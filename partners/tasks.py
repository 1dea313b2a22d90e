"""Work on credentials in the background."""

from celery import shared_task

from core.clock import now
from partners import services
from partners.compliance.tasks import send_reminders, watch_documents

__all__ = ["forget_ended_tokens", "send_reminders", "watch_documents"]


@shared_task(name="partners.forget_ended_tokens")  # type: ignore[untyped-decorator]
def forget_ended_tokens() -> None:
    """Forget revoked tokens that have expired by now; beat asks every ten minutes."""
    services.forget_ended_tokens(until=now())
