"""Handing work to the workers.

A broker that is away delays the work and never fails the caller: beat's sweep finds every fixture whose
latest result is newer than its settlement.
"""

from uuid import UUID

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

SETTLE_FIXTURE = "sportsbook.settle_fixture"

log = structlog.get_logger(__name__)


def settle_soon(fixture_id: UUID) -> None:
    """Ask the workers to settle a fixture's bets. Call it after the result is committed."""
    try:
        current_app.send_task(SETTLE_FIXTURE, kwargs={"fixture_id": str(fixture_id)}, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("settlement is left to the sweep", fixture_id=str(fixture_id), error=str(error))
