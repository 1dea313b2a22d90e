"""Whether the books agree with themselves, recomputed from the transfers alone: queries that find nothing."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.db import connection

from core.ids import typeid

SHOWN_MAX: Final = 20
"""So many faults of one kind are told one by one."""

_MOVED: Final = """
moved AS MATERIALIZED (
    SELECT t.tenant_id, t.entry_id,
           sum(CASE WHEN c.kind = 'available' THEN t.amount ELSE 0 END)
               - sum(CASE WHEN d.kind = 'available' THEN t.amount ELSE 0 END) AS available,
           sum(CASE WHEN c.kind = 'stakes_open' THEN t.amount ELSE 0 END)
               - sum(CASE WHEN d.kind = 'stakes_open' THEN t.amount ELSE 0 END) AS in_play,
           sum(CASE WHEN d.kind = 'player_debt' THEN t.amount ELSE 0 END)
               - sum(CASE WHEN c.kind = 'player_debt' THEN t.amount ELSE 0 END) AS debt
    FROM wallet_transfer t
    JOIN wallet_account d ON d.id = t.debit_id
    JOIN wallet_account c ON c.id = t.credit_id
    GROUP BY t.tenant_id, t.entry_id
)
"""

_ENTRIES: Final = f"""
WITH {_MOVED}, told AS (
    SELECT e.tenant_id, e.id, e.number, e.available, e.in_play, e.debt,
           coalesce(lag(e.number) OVER before, 0) AS number_before,
           coalesce(lag(e.available) OVER before, 0) AS available_before,
           coalesce(lag(e.in_play) OVER before, 0) AS in_play_before,
           coalesce(lag(e.debt) OVER before, 0) AS debt_before
    FROM wallet_journalentry e WINDOW before AS (PARTITION BY e.tenant_id, e.player_id ORDER BY e.posted_at)
)
SELECT e.id, e.number, e.number_before
FROM told e LEFT JOIN moved m ON m.tenant_id = e.tenant_id AND m.entry_id = e.id
WHERE e.number <> e.number_before + 1
    OR e.available <> e.available_before + coalesce(m.available, 0)
    OR e.in_play <> e.in_play_before + coalesce(m.in_play, 0)
    OR e.debt <> e.debt_before + coalesce(m.debt, 0)
ORDER BY e.id
"""  # noqa: S608  (no value comes from outside)

_BALANCES: Final = f"""
WITH {_MOVED}, total AS (
    SELECT e.tenant_id, e.player_id, count(*) AS entries, max(e.number) AS number,
           max(e.posted_at) AS posted_at,
           coalesce(sum(m.available), 0) AS available, coalesce(sum(m.in_play), 0) AS in_play,
           coalesce(sum(m.debt), 0) AS debt
    FROM wallet_journalentry e LEFT JOIN moved m ON m.tenant_id = e.tenant_id AND m.entry_id = e.id
    GROUP BY e.tenant_id, e.player_id
)
SELECT coalesce(p.id, b.player_id, t.player_id), p.id IS NULL, b.player_id IS NULL,
       b.available, b.in_play, b.debt, b.entry_count, t.available, t.in_play, t.debt, t.entries
FROM wallet_player p
FULL JOIN wallet_balance b ON b.tenant_id = p.tenant_id AND b.player_id = p.id
FULL JOIN total t ON t.tenant_id = coalesce(b.tenant_id, p.tenant_id)
    AND t.player_id = coalesce(b.player_id, p.id)
WHERE p.id IS NULL OR b.player_id IS NULL
    OR b.available <> coalesce(t.available, 0) OR b.in_play <> coalesce(t.in_play, 0)
    OR b.debt <> coalesce(t.debt, 0) OR b.entry_count <> coalesce(t.entries, 0)
    OR b.entry_count <> coalesce(t.number, 0) OR b.posted_at <> coalesce(t.posted_at, b.posted_at)
ORDER BY 1
"""  # noqa: S608

_STRAY_TRANSFERS: Final = """
SELECT t.id FROM wallet_transfer t
LEFT JOIN wallet_journalentry e ON e.tenant_id = t.tenant_id AND e.id = t.entry_id
LEFT JOIN wallet_account d ON d.tenant_id = t.tenant_id AND d.id = t.debit_id
LEFT JOIN wallet_account c ON c.tenant_id = t.tenant_id AND c.id = t.credit_id
WHERE e.id IS NULL OR d.id IS NULL OR c.id IS NULL
    OR t.currency <> e.currency OR t.currency <> d.currency_id OR t.currency <> c.currency_id
    OR coalesce(d.player_id, e.player_id) <> e.player_id OR coalesce(c.player_id, e.player_id) <> e.player_id
ORDER BY t.id
"""

_REVERSALS: Final = """
SELECT r.id FROM wallet_transfer r
LEFT JOIN wallet_transfer t ON t.tenant_id = r.tenant_id AND t.id = r.reverses_id
WHERE r.reverses_id IS NOT NULL
    AND (t.id IS NULL OR t.amount <> r.amount OR t.debit_id <> r.credit_id OR t.credit_id <> r.debit_id)
ORDER BY r.id
"""


def find_faults() -> Iterator[str]:
    """Tell, one sentence each, where entries, transfers and balances contradict each other."""
    yield from _told(_ENTRIES, _entry_fault)
    yield from _told(_BALANCES, _balance_fault)
    yield from _told(
        _STRAY_TRANSFERS,
        lambda row: f"transfer {row[0]} does not fit its entry or its accounts: edited or removed",
    )
    yield from _told(
        _REVERSALS, lambda row: f"transfer {row[0]} does not mirror the transfer it reverses: edited"
    )


def _told(sql: str, sentence: Callable[[tuple[Any, ...]], str]) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchmany(SHOWN_MAX + 1)
        for row in rows[:SHOWN_MAX]:
            yield sentence(row)
        if len(rows) > SHOWN_MAX:
            yield f"... and {len(rows) - SHOWN_MAX + len(cursor.fetchall())} more of this kind"


def _entry_fault(row: tuple[Any, ...]) -> str:
    entry, number, number_before = row
    name = f"entry {typeid('txn', entry)}"
    if number != number_before + 1:
        return f"{name} is number {number} of its player after number {number_before}: removed or reordered"
    return f"{name} says another wallet than its transfers make: one of them edited or removed"


def _balance_fault(row: tuple[Any, ...]) -> str:
    player, is_unknown, has_no_balance, *amounts = row
    name = f"player {typeid('plr', player)}"
    if is_unknown:
        return f"{name} was removed and has a wallet or entries still"
    if has_no_balance:
        return f"the wallet of {name} was removed"
    said, made = amounts[:4], [amount or 0 for amount in amounts[4:]]
    for what, here, there in zip(("available", "in play", "debt"), said, made, strict=False):
        if here != there:
            return f"the wallet of {name} says {here} {what}, its transfers say {there}: edited or cut off"
    return f"the wallet of {name} counts {said[3]} entries, the ledger has {made[3]}: edited or cut off"
