"""Facts about fixtures and odds: announced once for all partners, and what each handler makes of them.

A fact is the platform's, or a sandbox's (`tenant_id`). `publish_fact()` writes it in the transaction that
makes it true; the relay numbers it. Each handler reads the facts in that order from a cursor of its own,
which moves in the transaction of the reaction: every fact is reacted to once, whatever is killed meanwhile. A
fact that breaks its handler is put aside and those after it go on.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

import structlog
from django.db import connection, transaction

from core.arrays import columns_of, json_text
from core.clock import now
from core.models import Fact, HandlerCursor, QuarantinedFact

logger = structlog.get_logger(__name__)

SLICE: Final = 200


class Announced(Protocol):
    """A fact as its app's `events.py` declares it: `data()` is what the stream tells."""

    type: ClassVar[str]

    @property
    def tenant_id(self) -> UUID | None: ...
    @property
    def occurred_at(self) -> datetime: ...
    def data(self) -> dict[str, Any]:
        """Return what is told: camelCase, TypeIDs, decimal strings."""


Handler = Callable[[Fact], None]
_HANDLERS: dict[str, tuple[frozenset[str], Handler]] = {}


class NotInTransaction(RuntimeError):
    """A fact announced outside a transaction: a bug, for it could outlive a rollback."""


def publish_fact(*facts: Announced) -> None:
    """Announce facts, in this order, together with the running transaction. Raises NotInTransaction."""
    if not facts:
        return
    if not connection.in_atomic_block:
        raise NotInTransaction("facts are announced in the transaction that makes them true")
    rows = [(fact.tenant_id, fact.occurred_at, fact.type, json_text(fact.data())) for fact in facts]
    with connection.cursor() as cursor:
        # No RETURNING: the api may add to the outbox and not read it.
        cursor.execute(
            "INSERT INTO core_factoutbox (tenant_id, occurred_at, type, data) "
            "SELECT tenant_id, occurred_at, type, data "
            "FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], %s::jsonb[]) WITH ORDINALITY "
            "AS f(tenant_id, occurred_at, type, data, place) ORDER BY place",
            columns_of(rows, 4),
        )


def reacts_to(*types: str, name: str) -> Callable[[Handler], Handler]:
    """Register a handler of facts of some types, under the name of its cursor: `app.verb_noun`, for ever.

    It is called inside a transaction of the jobs, with one fact at a time, and writes to the database alone.
    """

    def register(handler: Handler) -> Handler:
        _HANDLERS[name] = (frozenset(types), handler)
        return handler

    return register


def handler_named(name: str) -> Handler:
    """Return the handler of this name. Raises LookupError where there is none any more."""
    return _HANDLERS[name][1]


def error_text(error: Exception) -> str:
    """Return what is kept of an exception: without what the database says of the failing row."""
    return f"{type(error).__name__}: {error}".partition("\nDETAIL:")[0][:2000]


def react_all() -> int:
    """Let every handler react to what it has not seen; return to how many facts, counted per handler."""
    return sum(_react(name, *registered) for name, registered in sorted(_HANDLERS.items()))


def _react(name: str, types: frozenset[str], handler: Handler) -> int:
    seen = 0
    while (found := _react_slice(name, types, handler)) is not None:
        seen += found
    return seen


def _react_slice(name: str, types: frozenset[str], handler: Handler) -> int | None:
    """React to the next facts; return to how many, or None when there were none or another is at it."""
    with transaction.atomic(durable=True):
        HandlerCursor.objects.bulk_create([HandlerCursor(handler=name, sequence=0)], ignore_conflicts=True)
        cursor = HandlerCursor.objects.select_for_update(skip_locked=True).filter(handler=name).first()
        if cursor is None:
            return None
        facts = list(Fact.objects.filter(sequence__gt=cursor.sequence).order_by("sequence")[:SLICE])
        if not facts:
            return None
        concerned = [fact for fact in facts if fact.type in types]
        for fact in concerned:
            _react_to(name, handler, fact)
        cursor.sequence = facts[-1].sequence
        cursor.save(update_fields=["sequence"])
        return len(concerned)


def _react_to(name: str, handler: Handler, fact: Fact) -> None:
    try:
        with transaction.atomic():
            handler(fact)
    except Exception as error:
        logger.exception("fact_quarantined", handler=name, sequence=fact.sequence)
        QuarantinedFact.objects.create(
            handler=name,
            sequence=fact.sequence,
            tenant_id=fact.tenant_id,
            type=fact.type,
            data=fact.data,
            error=error_text(error),
            occurred_at=fact.occurred_at,
            quarantined_at=now(),
        )


def forget_facts(*, older_than: timedelta, at: datetime) -> int:
    """Remove old facts that every handler has seen, never the last, whose number goes on; return how many."""
    last = Fact.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    behind = HandlerCursor.objects.order_by("sequence").values_list("sequence", flat=True).first()
    if last is None:
        return 0
    up_to = min(last - 1, behind if behind is not None else last - 1)
    return Fact.objects.filter(occurred_at__lt=at - older_than, sequence__lte=up_to).delete()[0]
