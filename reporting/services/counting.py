"""Counting what happened, incrementally and exactly: each row of a source once, in the order of commits.

A step takes the rows of the transactions from the mark to a bound below which every transaction has ended
(`pg_snapshot_xmin`), adds them to the figures and moves the mark, all in one transaction. So a step that is
killed has done nothing, one that is repeated finds nothing, and a row that commits late is above the mark
still when it appears, whichever hour it belongs to. Rows of the sources are only ever added, never changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.db import connection, transaction

from reporting.models import Mark, Source
from reporting.services import fresh

STEP_ROWS: Final = 50_000
"""One transaction counts about so many rows; all rows of one transaction are counted together."""
LOCK: Final = 0x0C_0047


@dataclass(frozen=True)
class _Counted:
    """Where a source's rows are found by `transaction`, and what adds them."""

    rows: str
    add: str


_SOURCES: Final[Mapping[Source, _Counted]] = MappingProxyType(
    {
        Source.LEDGER: _Counted("wallet_journalentry WHERE true", fresh.add_bets(fresh.LEDGER)),
        Source.REFUSALS: _Counted(
            "core_reference WHERE kind = 'bet' AND refusal IS NOT NULL",
            fresh.add_bets(fresh.REFUSALS),
        ),
        Source.REQUESTS: _Counted("integration_apirequest WHERE true", fresh.add_requests(fresh.REQUESTS)),
    }
)


def count_activity(*, counted_at: datetime) -> int:
    """Count everything that has happened and is not counted yet; return how many steps found something.

    Killed at any moment, it goes on where it was. Only one process counts at a time; another returns at once.
    """
    return sum(_count_source(source, counted_at) for source in Source)


def _count_source(source: Source, counted_at: datetime) -> int:
    steps = 0
    while True:
        with transaction.atomic(durable=True):
            if not take_turn():
                return steps
            found, goes_on = _step(source, counted_at)
        steps += bool(found)
        # A step that was not full has caught up; chasing what is written meanwhile would never end.
        if not goes_on:
            return steps


def _step(source: Source, counted_at: datetime) -> tuple[int, bool]:
    """Count the oldest uncounted rows in the running transaction; return how many cells, and whether full."""
    counted = _SOURCES[source]
    mark = Mark.objects.filter(source=source).first()
    first = mark.transaction_end if mark is not None else 0
    with connection.cursor() as cursor:
        # Few rows of large tables, always by an index: no statistics know how fresh they are.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_hashjoin = off")
        cursor.execute("SET LOCAL enable_mergejoin = off")
        horizon = get_horizon(cursor)
        cursor.execute(
            f"SELECT transaction + 1 FROM {counted.rows} "  # noqa: S608
            "AND transaction >= %s AND transaction < %s ORDER BY transaction OFFSET %s LIMIT 1",
            [first, horizon, STEP_ROWS - 1],
        )
        bound = cursor.fetchone()
        end = max(bound[0] if bound else horizon, first)
        cursor.execute(counted.add, {"first": first, "end": end, "since": "-infinity"})
        found: int = cursor.fetchone()[0]
    set_mark(source, end, counted_at)
    return found, bound is not None


def get_horizon(cursor: Any) -> int:
    """Return the number of the oldest transaction that still runs: all before it have ended."""
    cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    found: int = cursor.fetchone()[0]
    return found


def set_mark(source: Source, end: int, counted_at: datetime) -> None:
    """Say that a source is counted up to a transaction."""
    Mark.objects.update_or_create(source=source, defaults={"transaction_end": end, "counted_at": counted_at})


def take_turn() -> bool:
    """Return whether nobody else is counting; until the end of the transaction nobody will."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])
