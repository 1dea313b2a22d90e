"""The audit trail: who did what to which row, written in the transaction that did it.

Whoever serves a request or runs a command says once who is acting, with `acting(...)`; services only say what
they did, with `record(...)`. Without `acting(...)` the actor is the system itself.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, models

from core.acting import SYSTEM, Actor, acting, current_actor
from core.models import AuditRecord

__all__ = ["SYSTEM", "Actor", "acting", "current_actor", "record"]


def record(
    *,
    action: str,
    subject: models.Model,
    recorded_at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one audit record of a change of `subject`, in the transaction of the change.

    `action` is a verb and a noun (`suspend partner`); `before` and `after` hold the changed values alone, as
    JSON has them, and never a secret. Raises RuntimeError outside a transaction: the record and the change
    stand or fall together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an audit record belongs into the transaction of its change")
    actor = current_actor()
    AuditRecord.objects.create(
        occurred_at=recorded_at,
        actor=actor.name,
        action=action,
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        reason=reason,
        request_id=actor.request_id,
        address=actor.address,
    )
