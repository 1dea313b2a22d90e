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
SELECT l.n, found.entries, found.transfers, found.digest
FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS l(transaction_first, transaction_end, n)
CROSS JOIN LATERAL (
    SELECT count(*) AS entries, coalesce(sum(t.count), 0)::bigint AS transfers,
           sha256(convert_to(coalesce(string_agg(json_build_array(
               e.id, e.transaction, e.tenant_id, e.player_id, e.kind, e.currency, e.amount, e.reference,
               e.subject_id, e.number, (extract(epoch FROM e.posted_at) * 1000000)::bigint,
               e.available, e.in_play, e.debt
           )::text || coalesce(t.rows, ''), E'\\n' ORDER BY e.transaction, e.id), ''), 'UTF8')) AS digest
    FROM wallet_journalentry e
    CROSS JOIN LATERAL (
        SELECT count(*), string_agg(E'\\n' || json_build_array(
                   t.id, t.tenant_id, t.entry_id, t.currency, t.debit_id, t.credit_id, t.amount, t.reverses_id
               )::text, '' ORDER BY t.id) AS rows
        FROM wallet_transfer t
        WHERE t.tenant_id = e.tenant_id AND t.entry_id = e.id
    ) AS t
    WHERE e.transaction >= l.transaction_first AND e.transaction < l.transaction_end
) AS found
ORDER BY l.n
"""
"""Each row in a line of its own, entries in commit order, each before its transfers. Transfers are found by
index, so that a link costs the same however long the ledger is."""


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
