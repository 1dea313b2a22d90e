"""What a link of a chain hashes: the rows in their canonical text, and the link before."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection

from core.sealing.chain import Chain

GENESIS: Final = bytes(32)
"""What stands for the link before the first."""


@dataclass(frozen=True, slots=True)
class Link:
    """A seal: its place and time, the transactions it covers, how many rows of each kind they wrote, the hash
    of all.
    """

    number: int
    transaction_first: int
    transaction_end: int
    counts: tuple[int, ...]
    digest: bytes
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class Rows:
    """What the tables hold now of a range of transactions."""

    counts: tuple[int, ...]
    digest: bytes


def to_link(row: Sequence[Any]) -> Link:
    """Return the link that a row of `Chain.link_columns` tells."""
    number, first, end, digest, sealed_at, *counts = row
    return Link(number, first, end, tuple(counts), bytes(digest), sealed_at)


def rows_of(chain: Chain, ranges: Sequence[tuple[int, int]]) -> list[Rows]:
    """Return counts and hash of the rows of each range [first, end) of transactions, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(chain.rows_sql, [[first for first, _ in ranges], [end for _, end in ranges]])
        return [Rows(tuple(counts), bytes(digest)) for _, *counts, digest in cursor]


def link_after(before: Link | None, bounds: tuple[int, int], rows: Rows, sealed_at: datetime) -> Link:
    """Return the link that follows `before` and seals these rows."""
    number = before.number + 1 if before else 1
    at = sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    counts = " ".join(map(str, rows.counts))
    head = f"{number} {bounds[0]} {bounds[1]} {counts} {at}\n".encode("ascii")
    return Link(
        number=number,
        transaction_first=bounds[0],
        transaction_end=bounds[1],
        counts=rows.counts,
        digest=hashlib.sha256((before.digest if before else GENESIS) + head + rows.digest).digest(),
        sealed_at=sealed_at,
    )
