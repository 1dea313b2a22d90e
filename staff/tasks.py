"""Letters that the office leaves to the workers: whoever asks for one cannot tell by the time it takes."""

from celery import shared_task

from core import audit
from core.clock import now
from staff.services.links import ask_for_password


@shared_task(name="staff.send_password_link")  # type: ignore[untyped-decorator]
def send_password_link(*, email: str, request_id: str, address: str | None) -> None:
    """Send a link for a new password to who works here under the address."""
    with audit.acting("anonymous", request_id=request_id, address=address):
        ask_for_password(email=email, asked_at=now())
