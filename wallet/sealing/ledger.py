"""The ledger as a chain of seals (`core.sealing`): entries in commit order, each with its transfers."""

from typing import Final

from core.sealing import Chain, Kind
from wallet.models import JournalEntry, Seal, Transfer
from wallet.sealing.books import find_faults

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

LEDGER: Final = Chain(
    name="ledger",
    seal=Seal,
    lock=0x5EA1_1ED6,
    kinds=(
        Kind("an entry", "entries", JournalEntry, "entry_count", "transaction"),
        Kind("a transfer", "transfers", Transfer, "transfer_count"),
    ),
    rows_sql=_ROWS,
    own_faults=find_faults,
)
