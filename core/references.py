"""References: a partner's name for a write, used once for ever.

The same reference with the same content gives the first answer again; with other content it is a conflict;
while the first is still being answered, it asks to come back. Money is written, and its references with it,
by SQL functions (`core_take_references`); `take_reference` and the rest here serve the writes that Python
makes.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from psycopg.types.json import Jsonb

from core.audit import current_actor
from core.clock import instant_text
from core.errors import Conflict, Refusal, Rejected


class ReferenceConflict(Conflict):
    code = "REFERENCE_CONFLICT"
    message = "This reference was used before, with other content."


class ReferenceInProgress(Conflict):
    code = "REFERENCE_IN_PROGRESS"
    message = "A request with this reference is being answered right now; ask again."
    retry_after_seconds = 1


class RefusedBefore(Rejected):
    """The stored refusal of a reference, given again."""

    is_replay = True


@dataclass(frozen=True, slots=True)
class Taken:
    """What was answered under a reference: the subject it made, or the refusal it got."""

    status: int
    subject_id: UUID | None
    refusal: dict[str, Any] | None


def fingerprint(content: Any) -> bytes:
    """Return the SHA-256 of content as compact JSON with sorted keys: equal for equal content, however
    spelled.
    """
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()


def stored_refusal(refusal: Refusal, *, answered_at: datetime) -> dict[str, Any]:
    """Return a refusal as `core_reference.refusal` keeps it: with the time and the request of its first
    answer, so that it reads the same at every replay.
    """
    return {
        **unstamped_refusal(refusal),
        "answeredAt": instant_text(answered_at),
        "requestId": current_actor().request_id,
    }


def stamp(refusal: Refusal, *, answered_at: datetime) -> None:
    """Let a refusal that is being stored answer as its replays will. The refusal is this request's alone."""
    refusal.answered_at, refusal.request_id = answered_at, current_actor().request_id


def unstamped_refusal(refusal: Refusal) -> dict[str, Any]:
    """Return what a refusal says, for a reference that nobody has asked for yet."""
    shown: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if refusal.details:
        shown["details"] = refusal.details
    return shown


def refused_before(stored: dict[str, Any]) -> RefusedBefore:
    """Return a stored refusal as the exception to raise."""
    refusal = RefusedBefore(stored["message"], code=stored["code"], details=stored.get("details"))
    if "answeredAt" in stored:
        refusal.answered_at = datetime.fromisoformat(stored["answeredAt"])
        refusal.request_id = stored["requestId"]
    return refusal


def find_answer(*, kind: str, reference: str, content: bytes) -> Taken | None:
    """Lock a reference for this transaction and return how it was answered before, or None if it is new.

    `content` is its fingerprint. Raises ReferenceConflict (other content before), ReferenceInProgress
    (another transaction is answering it now) or RefusedBefore (the same content, refused before). Runs
    inside tenant().
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT state, fingerprint, status, subject_id, refusal FROM core_take_references(%s, ARRAY[%s])",
            [kind, reference],
        )
        state, known, status, subject_id, refusal = cursor.fetchone()
    if state == "busy":
        raise ReferenceInProgress
    if state == "new":
        return None
    refusal = orjson.loads(refusal) if isinstance(refusal, str) else refusal
    if known is None and refusal is not None:
        raise refused_before(refusal)
    if known is None or bytes(known) != content:
        raise ReferenceConflict
    if refusal is not None:
        raise refused_before(refusal)
    return Taken(status=status, subject_id=subject_id, refusal=None)


def store_answer(
    *,
    tenant_id: UUID,
    kind: str,
    reference: str,
    content: bytes,
    status: int,
    subject_id: UUID,
    answered_at: datetime,
) -> None:
    """Write down that a reference made this subject, in the transaction that made it."""
    _store(tenant_id, kind, reference, content, status, subject_id, None, answered_at)


def store_refusal(
    *,
    tenant_id: UUID,
    kind: str,
    reference: str,
    content: bytes | None,
    refusal: Refusal,
    answered_at: datetime,
) -> None:
    """Write down that a reference was refused by rule, for ever, and stamp the refusal."""
    stamp(refusal, answered_at=answered_at)
    stored = Jsonb(stored_refusal(refusal, answered_at=answered_at))
    _store(tenant_id, kind, reference, content, 422, None, stored, answered_at)


def _store(*values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_reference "
            "(tenant_id, kind, reference, fingerprint, status, subject_id, refusal, created_at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            list(values),
        )
