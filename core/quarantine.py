"""Facts put aside because their handler broke: asked for in the office, tried again by the jobs.

A fact that is reacted to in the end leaves the quarantine in the transaction of the reaction.
"""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from core.audit import record
from core.errors import Conflict, NotFound
from core.facts import error_text, handler_named
from core.models import Fact, QuarantinedFact

logger = structlog.get_logger(__name__)


class RetryUnderWay(Conflict):
    """Somebody asked for it already."""

    code = "RETRY_UNDER_WAY"
    message = "This fact is being tried again already."


def ask_for_retry(*, quarantined_id: UUID, asked_at: datetime, reason: str) -> None:
    """Have the jobs try a fact again, within a second or so. Raises NotFound, RetryUnderWay."""
    with transaction.atomic():
        aside = QuarantinedFact.objects.filter(id=quarantined_id).first()
        if aside is None:
            raise NotFound
        if not QuarantinedFact.objects.filter(id=quarantined_id, retry_asked_at=None).update(
            retry_asked_at=asked_at
        ):
            raise RetryUnderWay
        record(
            action="retry fact",
            subject=aside,
            recorded_at=asked_at,
            after={"handler": aside.handler, "sequence": aside.sequence},
            reason=reason,
        )


def retry_asked(*, at: datetime) -> int:
    """Try every fact again that somebody asked for; return how many were reacted to."""
    done = 0
    while (succeeded := _retry_next(at)) is not None:
        done += succeeded
    return done


def _retry_next(at: datetime) -> bool | None:
    with transaction.atomic(durable=True):
        aside = (
            QuarantinedFact.objects.select_for_update(skip_locked=True)
            .filter(retry_asked_at__isnull=False)
            .order_by("handler", "sequence")
            .first()
        )
        if aside is None:
            return None
        try:
            with transaction.atomic():
                handler_named(aside.handler)(_fact_of(aside))
                aside.delete()
        except Exception as error:
            logger.exception("fact_failed_again", handler=aside.handler, sequence=aside.sequence)
            QuarantinedFact.objects.filter(id=aside.id).update(
                error=error_text(error), attempts=aside.attempts + 1, quarantined_at=at, retry_asked_at=None
            )
            return False
        return True


def _fact_of(aside: QuarantinedFact) -> Fact:
    return Fact(
        sequence=aside.sequence,
        tenant_id=aside.tenant_id,
        type=aside.type,
        occurred_at=aside.occurred_at,
        data=aside.data,
    )
