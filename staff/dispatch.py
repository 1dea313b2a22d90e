"""Handing letters to the workers. Where the broker is away nobody is told more than otherwise."""

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

from core.audit import current_actor

SEND_PASSWORD_LINK = "staff.send_password_link"  # noqa: S105 - the name of a task

log = structlog.get_logger(__name__)


def send_password_link_soon(email: str) -> None:
    """Ask the workers to send a link for a new password, for an address known or not."""
    actor = current_actor()
    told = {"email": email, "request_id": actor.request_id, "address": actor.address}
    try:
        current_app.send_task(SEND_PASSWORD_LINK, kwargs=told, retry=False)
    except (OperationalError, OSError) as error:
        log.error("password link not sent", reason=str(error))
