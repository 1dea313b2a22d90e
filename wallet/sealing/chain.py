"""Adding links to the chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from django.db import connection, transaction

from wallet.models import Seal
from wallet.sealing.checkpoints import Checkpoint, find_latest_checkpoint, write_checkpoint
from wallet.sealing.digests import COLUMNS, Link, link_after, rows_of

LINK_ENTRIES: Final = 1_000
"""A link covers about so many entries, so that a fault is found near where it is."""
PASS_ENTRIES: Final = 50_000
"""One transaction seals about so many entries."""
_LOCK: Final = 0x5EA1_1ED6

_UPPER_BOUND: Final = """
SELECT transaction + 1 FROM wallet_journalentry WHERE transaction >= %s AND transaction < %s
ORDER BY transaction, id OFFSET %s LIMIT 1
"""
_LINK_FIRSTS: Final = """
SELECT min(transaction)
FROM (
    SELECT transaction, (sum(count(*)) OVER (ORDER BY transaction) - count(*))::bigint / %s AS link
    FROM wallet_journalentry WHERE transaction >= %s AND transaction < %s GROUP BY transaction
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
    """What one call sealed."""

    links: int
    entries: int


def seal_ledger(*, sealed_at: datetime) -> Sealed:
    """Seal all entries of transactions that have ended, then sign a checkpoint. Returns what was sealed.

    Killed at any moment, it goes on where it was. Only one process seals at a time; another one returns at
    once. Raises ChainBroken.
    """
    links = entries = 0
    goes_on = True
    while goes_on:
        with transaction.atomic(durable=True):
            sealed = seal_pass(sealed_at=sealed_at) if _take_turn() else []
        sealed_now = sum(link.entry_count for link in sealed)
        links += len(sealed)
        entries += sealed_now
        # A pass that was not full has caught up; chasing what is posted meanwhile would never end.
        goes_on = sealed_now >= PASS_ENTRIES
    last = find_last_link()
    latest = find_latest_checkpoint()
    if last is not None and (latest is None or latest.number < last.number):
        write_checkpoint(last, written_at=sealed_at)
    return Sealed(links=links, entries=entries)


def seal_pass(*, sealed_at: datetime) -> list[Link]:
    """Seal the oldest unsealed entries, in the running transaction; returns no link when there are none."""
    last = find_last_link()
    check_latest_checkpoint(find_latest_checkpoint())
    first = last.transaction_end if last else 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        horizon = cursor.fetchone()[0]
        cursor.execute(_UPPER_BOUND, [first, horizon, PASS_ENTRIES])
        found = cursor.fetchone()
        end = found[0] if found else horizon
        cursor.execute(_LINK_FIRSTS, [LINK_ENTRIES, first, end])
        firsts = [row[0] for row in cursor]
    if not firsts:
        return []
    # The first link begins where the last one ended, so that no transaction lies between two links.
    bounds = list(pairwise([first, *firsts[1:], end]))
    links = list(_chain(last, bounds, sealed_at))
    Seal.objects.bulk_create(
        Seal(
            number=link.number,
            transaction_first=link.transaction_first,
            transaction_end=link.transaction_end,
            entry_count=link.entry_count,
            transfer_count=link.transfer_count,
            digest=link.digest,
            sealed_at=link.sealed_at,
        )
        for link in links
    )
    return links


def find_last_link() -> Link | None:
    """Return the newest seal."""
    return _find_link(Seal.objects.order_by("-number").values_list(*COLUMNS).first())


def check_latest_checkpoint(latest: Checkpoint | None) -> None:
    """Raise ChainBroken if the seals are not those that were signed: sealing on would bury the evidence."""
    if latest is None:
        return
    signed = _find_link(Seal.objects.filter(number=latest.number).values_list(*COLUMNS).first())
    if signed is None or signed.digest != latest.digest:
        raise ChainBroken(latest)


def _find_link(row: tuple[int, int, int, int, int, bytes, datetime] | None) -> Link | None:
    if row is None:
        return None
    number, first, end, entries, transfers, digest, sealed_at = row
    return Link(number, first, end, entries, transfers, bytes(digest), sealed_at)


def _chain(last: Link | None, bounds: list[tuple[int, int]], sealed_at: datetime) -> Iterator[Link]:
    for bound, rows in zip(bounds, rows_of(bounds), strict=True):
        last = link_after(last, bound, rows, sealed_at)
        yield last


def _take_turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        return bool(cursor.fetchone()[0])
