"""Audit records from before they named their transaction get it: the one that PostgreSQL says wrote the row.

Goes through the table in transactions of its own, some thousand rows each, so that a large table is neither
locked for long nor rewritten at once; taken up again after an interruption, it goes on where it was. What a row
tells is not touched. After the numbers have gone round once (four thousand million transactions) the epoch of an
old row is not known, and the number is one of the latest round: it is over in any case.
"""

from typing import Any, Final

from django.db import migrations, transaction

BATCH_ROWS: Final = 10_000

_FILL: Final = """
WITH batch AS (
    SELECT id FROM core_auditrecord
    WHERE transaction_id IS NULL AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid)
    ORDER BY id LIMIT %(count)s
), now AS (
    SELECT pg_current_xact_id()::text::bigint AS transaction
), filled AS (
    UPDATE core_auditrecord r SET transaction_id = found.transaction
    FROM (
        SELECT r.id, (n.transaction >> 32 << 32) + r.xmin::text::bigint
                   - CASE WHEN r.xmin::text::bigint > n.transaction & 4294967295 THEN 4294967296 ELSE 0 END
                   AS transaction
        FROM batch b JOIN core_auditrecord r USING (id) CROSS JOIN now n
    ) AS found
    WHERE r.id = found.id
)
SELECT id FROM batch ORDER BY id DESC LIMIT 1
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Give each record without a transaction the one that wrote it."""
    connection = schema_editor.connection
    last = None
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER rows_are_only_added")
            cursor.execute(_FILL, {"after": last, "count": BATCH_ROWS})
            found = cursor.fetchone()
            cursor.execute("ALTER TABLE core_auditrecord ENABLE TRIGGER rows_are_only_added")
        if found is None:
            return
        (last,) = found


class Migration(migrations.Migration):
    atomic = False
    dependencies = (("core", "0010_quarantined_facts_are_tried_again"),)

    operations = (migrations.RunPython(fill, migrations.RunPython.noop),)
