"""What a link of the chain hashes: the rows in their canonical text, and the link before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.db import connection

GENESIS: Final = bytes(32)
"""What stands for the link before the first."""

_ROWS: Final = """
WITH link AS (
    SELECT * FROM unnest(%s::bigint[], %s::bigint[])
        WITH ORDINALITY AS l(transaction_first, transaction_end, n)
), text AS (
    SELECT l.n, e.transaction, e.id, 0::bigint AS transfer,
           jsonb_build_array(
               e.id, e.transaction, e.tenant_id, e.player_id, e.kind, e.currency, e.amount, e.reference,
               e.subject_id, e.number, (extract(epoch FROM e.posted_at) * 1000000)::bigint,
               e.available, e.in_play, e.debt
           )::text AS row
    FROM link l
    JOIN wallet_journalentry e ON e.transaction >= l.transaction_first AND e.transaction < l.transaction_end
    UNION ALL
    SELECT l.n, e.transaction, e.id, t.id,
           jsonb_build_array(
               t.id, t.tenant_id, t.entry_id, t.currency, t.debit_id, t.credit_id, t.amount, t.reverses_id
           )::text
    FROM link l
    JOIN wallet_journalentry e ON e.transaction >= l.transaction_first AND e.transaction < l.transaction_end
    JOIN wallet_transfer t ON t.tenant_id = e.tenant_id AND t.entry_id = e.id
)
SELECT l.n, count(t.n) FILTER (WHERE t.transfer = 0), count(t.n) FILTER (WHERE t.transfer > 0),
       sha256(convert_to(
           coalesce(string_agg(t.row, E'\\n' ORDER BY t.transaction, t.id, t.transfer), ''), 'UTF8'))
FROM link l LEFT JOIN text t ON t.n = l.n
GROUP BY l.n ORDER BY l.n
"""


COLUMNS: Final = (
    "number",
    "transaction_first",
    "transaction_end",
    "entry_count",
    "transfer_count",
    "digest",
    "sealed_at",
)
"""The columns of `Seal` that make a link, in its order."""


@dataclass(frozen=True, slots=True)
class Link:
    """A seal: its place and time, the transactions it covers, how many rows they wrote, the hash of all."""

    number: int
    transaction_first: int
    transaction_end: int
    entry_count: int
    transfer_count: int
    digest: bytes
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Rows:
    """What the ledger holds now of a range of transactions."""

    entry_count: int
    transfer_count: int
    digest: bytes


def rows_of(ranges: Sequence[tuple[int, int]]) -> list[Rows]:
    """Return count and hash of the rows of each range [first, end) of transactions, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [[first for first, _ in ranges], [end for _, end in ranges]])
        return [Rows(entries, transfers, bytes(digest)) for _, entries, transfers, digest in cursor]


def link_after(before: Link | None, bounds: tuple[int, int], rows: Rows, sealed_at: datetime) -> Link:
    """Return the link that follows `before` and seals these rows."""
    number = before.number + 1 if before else 1
    at = sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    counts = f"{rows.entry_count} {rows.transfer_count}"
    head = f"{number} {bounds[0]} {bounds[1]} {counts} {at}\n".encode("ascii")
    return Link(
        number=number,
        transaction_first=bounds[0],
        transaction_end=bounds[1],
        entry_count=rows.entry_count,
        transfer_count=rows.transfer_count,
        digest=hashlib.sha256((before.digest if before else GENESIS) + head + rows.digest).digest(),
        sealed_at=sealed_at,
    )
