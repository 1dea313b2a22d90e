"""Whether the books agree with themselves, recomputed from the transfers alone: queries that find nothing."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from django.db import connection

from core.ids import typeid
from core.money import exact_text

Row = tuple[Any, ...]

SHOWN_MAX: Final = 20
"""So many faults of one kind are told one by one."""

_WALLETS: Final = """
WITH moved AS (
    SELECT t.tenant_id, t.entry_id,
           coalesce(sum(t.amount) FILTER (WHERE c.kind = 'available'), 0)
               - coalesce(sum(t.amount) FILTER (WHERE d.kind = 'available'), 0) AS available,
           coalesce(sum(t.amount) FILTER (WHERE c.kind = 'stakes_open'), 0)
               - coalesce(sum(t.amount) FILTER (WHERE d.kind = 'stakes_open'), 0) AS in_play,
           coalesce(sum(t.amount) FILTER (WHERE d.kind = 'player_debt'), 0)
               - coalesce(sum(t.amount) FILTER (WHERE c.kind = 'player_debt'), 0) AS debt
    FROM wallet_transfer t
    JOIN wallet_account d ON d.id = t.debit_id
    JOIN wallet_account c ON c.id = t.credit_id
    GROUP BY t.tenant_id, t.entry_id
), told AS (
    SELECT e.tenant_id, e.player_id, e.id, e.number, e.posted_at, e.available, e.in_play, e.debt,
           coalesce(lag(e.number) OVER before, 0) AS number_before,
           coalesce(lag(e.available) OVER before, 0) AS available_before,
           coalesce(lag(e.in_play) OVER before, 0) AS in_play_before,
           coalesce(lag(e.debt) OVER before, 0) AS debt_before,
           coalesce(m.available, 0) AS available_moved,
           coalesce(m.in_play, 0) AS in_play_moved,
           coalesce(m.debt, 0) AS debt_moved
    FROM wallet_journalentry e LEFT JOIN moved m ON m.tenant_id = e.tenant_id AND m.entry_id = e.id
    WINDOW before AS (PARTITION BY e.tenant_id, e.player_id ORDER BY e.posted_at)
), judged AS (
    SELECT *, number <> number_before + 1
           OR available <> available_before + available_moved
           OR in_play <> in_play_before + in_play_moved
           OR debt <> debt_before + debt_moved AS is_wrong
    FROM told
), total AS (
    SELECT tenant_id, player_id, count(*) AS entries, max(number) AS number, max(posted_at) AS posted_at,
           sum(available_moved) AS available, sum(in_play_moved) AS in_play, sum(debt_moved) AS debt,
           count(*) FILTER (WHERE is_wrong) AS wrong_count,
           (array_agg(id) FILTER (WHERE is_wrong))[:%(shown)s] AS wrong_ids,
           (array_agg(number) FILTER (WHERE is_wrong))[:%(shown)s] AS wrong_numbers,
           (array_agg(number_before) FILTER (WHERE is_wrong))[:%(shown)s] AS numbers_before
    FROM judged GROUP BY tenant_id, player_id
), compared AS (
    SELECT coalesce(t.wrong_count, 0) AS wrong_count, t.wrong_ids, t.wrong_numbers, t.numbers_before,
           p.id IS NULL OR b.player_id IS NULL
               OR b.available <> coalesce(t.available, 0) OR b.in_play <> coalesce(t.in_play, 0)
               OR b.debt <> coalesce(t.debt, 0) OR b.entry_count <> coalesce(t.entries, 0)
               OR b.entry_count <> coalesce(t.number, 0)
               OR b.posted_at <> coalesce(t.posted_at, b.posted_at) AS is_wrong,
           coalesce(p.id, b.player_id, t.player_id) AS player_id,
           p.id IS NULL AS is_unknown, b.player_id IS NULL AS has_no_balance,
           b.available, b.in_play, b.debt, b.entry_count,
           t.available AS available_made, t.in_play AS in_play_made, t.debt AS debt_made, t.entries
    FROM wallet_player p
    FULL JOIN wallet_balance b ON b.tenant_id = p.tenant_id AND b.player_id = p.id
    FULL JOIN total t ON t.tenant_id = coalesce(b.tenant_id, p.tenant_id)
        AND t.player_id = coalesce(b.player_id, p.id)
)
SELECT * FROM compared WHERE is_wrong OR wrong_count > 0 ORDER BY player_id
"""
"""Per player in one pass over all transfers: the entries that do not follow from the entry before and from
their transfers, and the wallet beside the sum of all its transfers."""

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
    players = _rows(_WALLETS, {"shown": SHOWN_MAX})
    entries = sorted(entry for row in players if row[0] for entry in zip(*row[1:4], strict=True))
    yield from _told(entries, sum(row[0] for row in players), _entry_fault)
    wallets = [row[5:] for row in players if row[4]]
    yield from _told(wallets, len(wallets), _balance_fault)
    strays = _rows(_STRAY_TRANSFERS)
    yield from _told(strays, len(strays), _stray_fault)
    reversals = _rows(_REVERSALS)
    yield from _told(reversals, len(reversals), _reversal_fault)


def _rows(sql: str, values: dict[str, int] | None = None) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[Row] = cursor.fetchall()
    return found


def _told(rows: Sequence[Row], count: int, sentence: Callable[[Row], str]) -> Iterator[str]:
    """Tell the first of these faults, and how many of `count` are left."""
    for row in rows[:SHOWN_MAX]:
        yield sentence(row)
    if count > SHOWN_MAX:
        yield f"... and {count - SHOWN_MAX} more of this kind"


def _entry_fault(row: Row) -> str:
    entry, number, number_before = row
    name = f"entry {typeid('txn', entry)}"
    if number != number_before + 1:
        return f"{name} is number {number} of its player after number {number_before}: removed or reordered"
    return f"{name} says another wallet than its transfers make: one of them edited or removed"


def _balance_fault(row: Row) -> str:
    player, is_unknown, has_no_balance, *amounts = row
    name = f"player {typeid('plr', player)}"
    if is_unknown:
        return f"{name} was removed and has a wallet or entries still"
    if has_no_balance:
        return f"the wallet of {name} was removed"
    said, made = amounts[:4], [amount or 0 for amount in amounts[4:]]
    for what, here, there in zip(("available", "in play", "debt"), said, made, strict=False):
        if here != there:
            says, made_of = exact_text(Decimal(here), 2), exact_text(Decimal(there), 2)
            return f"the wallet of {name} says {says} {what}, its transfers say {made_of}: edited or cut off"
    return f"the wallet of {name} counts {said[3]} entries, the ledger has {made[3]}: edited or cut off"


def _stray_fault(row: Row) -> str:
    return f"transfer {row[0]} does not fit its entry or its accounts: edited or removed"


def _reversal_fault(row: Row) -> str:
    return f"transfer {row[0]} does not mirror the transfer it reverses: edited"
