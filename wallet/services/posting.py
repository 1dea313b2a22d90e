"""The only door to the ledger in Python: calls of the SQL functions that write it, and what they answered."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import orjson
from django.db import connection

from core.arrays import json_text
from core.errors import Refusal
from core.events import Event, event_values
from core.references import (
    ReferenceConflict,
    ReferenceInProgress,
    RefusedBefore,
    refused_before,
    stored_refusal,
    unstamped_refusal,
)
from core.tenancy import call_in_tenant
from wallet.rules import OriginalOfAnotherPlayer, Posting, Rollback, Wallet

CREATED: Final = 201
OK: Final = 200

_POST: Final = """
SELECT outcome, fingerprint, status, answered_id, refusal, available, in_play, debt, posted_at, NULL
FROM wallet_post(%s, %s, %s, %s::smallint, %s, %s, %s, %s, %s, NULL, NULL, false, %s, %s, %s, %s, %s, %s)
"""
_ROLL_BACK: Final = """
SELECT outcome, fingerprint, status, answered_id, refusal, available, in_play, debt, posted_at, amount
FROM wallet_roll_back(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def post_entry(
    *,
    tenant_id: UUID,
    entry_id: UUID,
    player_id: UUID,
    kind: str,
    reference: str,
    content: bytes,
    amount: Decimal,
    currency: str,
    debit: str,
    credit: str,
    refusals: Mapping[str, Refusal],
    event: Event,
    posted_at: datetime,
) -> Posting | RefusedBefore:
    """Post one entry under a partner's reference, once for ever, in a transaction of its own.

    The amount moves from `debit` to `credit`, kinds of account, `available` being the player's own; `content`
    is the fingerprint of the request. Returns the posting, or the refusal that is now stored, for
    the caller to raise. Raises ReferenceConflict and ReferenceInProgress.
    """
    (row,) = call_in_tenant(
        _POST,
        [
            tenant_id, posted_at, content, CREATED, entry_id, player_id, kind, amount, reference,
            _stored(refusals, posted_at),
            debit, credit,
            *event_values(event),
        ],
    )  # fmt: skip
    answer = _answer(row, content)
    if isinstance(answer, RefusedBefore):
        return answer
    return _posting(
        row, player_id=player_id, kind=kind, reference=reference, amount=amount, currency=currency
    )


def post_rollback(
    *,
    entry_id: UUID,
    player_id: UUID,
    reference: str,
    original_reference: str,
    content: bytes,
    currency: str,
    refusals: Mapping[str, Refusal],
    event: Event,
    posted_at: datetime,
) -> Rollback | RefusedBefore:
    """Roll back what was posted under `original_reference`, or bury that reference; inside `tenant()`.

    Returns and raises as `post_entry`; also raises OriginalOfAnotherPlayer.
    """
    row = _call(
        _ROLL_BACK,
        [
            posted_at, content, entry_id, player_id, reference, original_reference,
            _stored(refusals, posted_at),
            *event_values(event),
        ],
    )  # fmt: skip
    if row[0] == "elsewhere":
        raise OriginalOfAnotherPlayer
    answer = _answer(row, content)
    if isinstance(answer, RefusedBefore):
        if row[2] == OK:
            return Rollback(posting=None, is_replay=answer.is_replay)
        return answer
    posting = _posting(
        row, player_id=player_id, kind="rollback", reference=reference, amount=row[9], currency=currency
    )
    return Rollback(posting=posting, is_replay=posting.is_replay)


def _call(sql: str, values: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def _answer(row: Any, content: bytes) -> RefusedBefore | None:
    """Return the refusal that a row of a writing function tells of, or None if it tells of an entry."""
    outcome, known, _, _, refusal, *_ = row
    if outcome == "busy":
        raise ReferenceInProgress
    told = orjson.loads(refusal) if isinstance(refusal, str) else refusal
    # A tombstone has no content: whatever arrives under its reference is refused by it, and is no repetition.
    if outcome == "answered" and (known is not None or told is None) and bytes(known or b"") != content:
        raise ReferenceConflict
    if told is None:
        return None
    found = refused_before(told)
    found.is_replay = outcome == "answered" and known is not None
    return found


def _posting(
    row: Any, *, player_id: UUID, kind: str, reference: str, amount: Decimal, currency: str
) -> Posting:
    outcome, _, _, entry_id, _, available, in_play, debt, posted_at, _ = row
    return Posting(
        entry_id=entry_id,
        player_id=player_id,
        kind=kind,
        reference=reference,
        amount=amount,
        wallet=Wallet(currency, available, in_play, debt),
        posted_at=posted_at,
        is_replay=outcome == "answered",
    )


def _stored(refusals: Mapping[str, Refusal], posted_at: datetime) -> str:
    """Return the refusals by their causes. A tombstone answers requests still to come: it has no time."""
    return json_text(
        {
            cause: unstamped_refusal(refusal)
            if cause == "tombstone"
            else stored_refusal(refusal, answered_at=posted_at)
            for cause, refusal in refusals.items()
        }
    )
