"""The audit trail as a chain of seals (`core.sealing`): in commit order, the audit records and row changes of
each transaction together, what was meant and what became of it.
"""

from typing import Final

from core.models import AuditRecord, RowChange, TrailSeal
from core.sealing import Chain, Kind

_ROWS: Final = """
SELECT l.n, found.records, found.changes, found.digest
FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS l(transaction_first, transaction_end, n)
CROSS JOIN LATERAL (
    SELECT count(record_id) AS records, count(change_id) AS changes,
           sha256(coalesce(string_agg(sha256(convert_to(line, 'UTF8')), ''::bytea
               ORDER BY transaction_id, change_id NULLS FIRST, record_id), ''::bytea)) AS digest
    FROM (
        SELECT r.transaction_id, r.id AS record_id, NULL::bigint AS change_id, json_build_array(
                   'record', r.id, r.transaction_id, (extract(epoch FROM r.occurred_at) * 1000000)::bigint,
                   r.actor, r.action, r.object_type, r.object_id, r.before::text, r.after::text, r.reason,
                   r.request_id, r.address
               )::text AS line
        FROM core_auditrecord r
        WHERE r.transaction_id >= l.transaction_first AND r.transaction_id < l.transaction_end
        UNION ALL
        SELECT c.transaction_id, NULL, c.id, json_build_array(
                   'change', c.id, c.transaction_id, (extract(epoch FROM c.changed_at) * 1000000)::bigint,
                   c.kind, c.model, c.row_id, c.partner_id, c.before::text, c.after::text, c.actor, c.login,
                   c.request_id
               )::text
        FROM core_rowchange c
        WHERE c.transaction_id >= l.transaction_first AND c.transaction_id < l.transaction_end
    ) AS written
) AS found
ORDER BY l.n
"""
"""Each row is hashed by itself, so that one transaction may write any number of them: the records of a
transaction before its changes, both in the order of their ids."""

TRAIL: Final = Chain(
    name="trail",
    seal=TrailSeal,
    lock=0x5EA1_1ED7,
    kinds=(
        Kind("an audit record", "audit records", AuditRecord, "record_count", "transaction_id"),
        Kind("a row change", "row changes", RowChange, "change_count", "transaction_id"),
    ),
    rows_sql=_ROWS,
    folder="trail",
)
