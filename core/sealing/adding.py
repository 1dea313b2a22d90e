"""Adding links to a chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from django.db import connection, transaction

from core.sealing.chain import Chain
from core.sealing.checkpoints import Checkpoint, find_latest_checkpoint, write_checkpoint
from core.sealing.links import Link, link_after, rows_of, to_link

LINK_ROWS: Final = 1_000
"""A link covers about so many rows, so that a fault is found near where it is."""
PASS_ROWS: Final = 50_000
"""One transaction seals about so many rows."""

_UPPER_BOUND: Final = """
SELECT transaction + 1 FROM ({transactions}) AS written WHERE transaction >= %s AND transaction < %s
ORDER BY transaction OFFSET %s LIMIT 1
"""
_LINK_FIRSTS: Final = """
SELECT min(transaction)
FROM (
    SELECT transaction, (sum(count(*)) OVER (ORDER BY transaction) - count(*))::bigint / %s AS link
    FROM ({transactions}) AS written WHERE transaction >= %s AND transaction < %s GROUP BY transaction
) AS counted
GROUP BY link ORDER BY link
"""


class ChainBroken(Exception):
    """The seals are not what the latest checkpoint says; nothing more is sealed until somebody looked."""

    def __init__(self, latest: Checkpoint) -> None:
        super().__init__(f"seal {latest.number} is not the one that was signed at {latest.written_at}")
        self.seal_number = latest.number


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one call sealed: links, and rows that have a transaction of their own."""

    links: int
    rows: int


def seal(chain: Chain, *, sealed_at: datetime) -> Sealed:
    """Seal all rows of transactions that have ended, then sign a checkpoint. Returns what was sealed.

    Killed at any moment, it goes on where it was. Only one process seals a chain at a time; another one
    returns at once. Raises ChainBroken, CheckpointForged.
    """
    links = rows = 0
    goes_on = True
    while goes_on:
        with transaction.atomic(durable=True):
            sealed = seal_pass(chain, sealed_at=sealed_at) if _take_turn(chain) else []
        sealed_now = sum(chain.paced_count(link.counts) for link in sealed)
        links += len(sealed)
        rows += sealed_now
        # A pass that was not full has caught up; chasing what is written meanwhile would never end.
        goes_on = sealed_now >= PASS_ROWS
    last = find_last_link(chain)
    latest = find_latest_checkpoint(chain)
    if last is not None and (latest is None or latest.number < last.number):
        write_checkpoint(chain, last, written_at=sealed_at)
    return Sealed(links=links, rows=rows)


def seal_pass(chain: Chain, *, sealed_at: datetime) -> list[Link]:
    """Seal the oldest unsealed rows, in the running transaction; returns no link when there are none."""
    last = find_last_link(chain)
    check_latest_checkpoint(chain, find_latest_checkpoint(chain))
    bounds = _next_bounds(chain, last.transaction_end if last else 0)
    links = list(_linked(chain, last, bounds, sealed_at))
    seals = [
        chain.seal(
            number=link.number,
            transaction_first=link.transaction_first,
            transaction_end=link.transaction_end,
            digest=link.digest,
            sealed_at=link.sealed_at,
            **dict(zip(chain.count_columns, link.counts, strict=True)),
        )
        for link in links
    ]
    chain.seal._default_manager.bulk_create(seals)
    return links


def find_last_link(chain: Chain) -> Link | None:
    """Return the newest seal."""
    found = chain.seal._default_manager.order_by("-number").values_list(*chain.link_columns).first()
    return to_link(found) if found else None


def check_latest_checkpoint(chain: Chain, latest: Checkpoint | None) -> None:
    """Raise ChainBroken if the seals are not those that were signed: sealing on would bury the evidence."""
    if latest is None:
        return
    signed = chain.seal._default_manager.filter(number=latest.number).values_list("digest", flat=True).first()
    if signed is None or bytes(signed) != latest.digest:
        raise ChainBroken(latest)


def _next_bounds(chain: Chain, first: int) -> list[tuple[int, int]]:
    """Return the range [first, end) of each link of the next pass; none when all is sealed."""
    transactions = chain.transactions_sql
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon = cursor.fetchone()[0]
        cursor.execute(_UPPER_BOUND.format(transactions=transactions), [first, horizon, PASS_ROWS])
        found = cursor.fetchone()
        end = found[0] if found else horizon
        cursor.execute(_LINK_FIRSTS.format(transactions=transactions), [LINK_ROWS, first, end])
        firsts = [row[0] for row in cursor]
    # The first link begins where the last one ended, so that no transaction lies between two links.
    return list(pairwise([first, *firsts[1:], end])) if firsts else []


def _linked(
    chain: Chain, last: Link | None, bounds: list[tuple[int, int]], sealed_at: datetime
) -> Iterator[Link]:
    for bound, rows in zip(bounds, rows_of(chain, bounds) if bounds else (), strict=True):
        last = link_after(last, bound, rows, sealed_at)
        yield last


def _take_turn(chain: Chain) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [chain.lock])
        return bool(cursor.fetchone()[0])
