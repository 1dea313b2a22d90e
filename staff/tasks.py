"""What beat asks for, and letters that the office leaves to the workers.

Whoever asks for a letter cannot tell by the time it takes whether there was one to send.
"""

from celery import shared_task

from core import audit
from core.clock import now
from staff.services import forgetting
from staff.services.links import ask_for_password


@shared_task(name="staff.send_password_link")  # type: ignore[untyped-decorator]
def send_password_link(*, email: str, request_id: str, address: str | None) -> None:
    """Send a link for a new password to who works here under the address."""
    with audit.acting("anonymous", request_id=request_id, address=address):
        ask_for_password(email=email, asked_at=now())


@shared_task(name="staff.forget_sessions", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_sessions() -> None:
    """Remove sessions that have ended."""
    forgetting.forget_sessions(at=now())


@shared_task(name="staff.forget_login_attempts", ignore_result=True)  # type: ignore[untyped-decorator]
def forget_login_attempts() -> None:
    """Remove wrong passwords of more than 30 days ago."""
    forgetting.forget_login_attempts(at=now())
