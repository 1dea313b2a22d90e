"""Handing letters to the workers. A broker that is away delays them and fails nobody: beat asks again."""

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

SEND_REMINDERS = "partners.send_reminders"

log = structlog.get_logger(__name__)


def send_soon() -> None:
    """Ask the workers to send what waits. Call it after the reminder is committed."""
    try:
        current_app.send_task(SEND_REMINDERS, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("letters are left to the sweep", error=str(error))
