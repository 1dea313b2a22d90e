"""Row history of what people change here (`core.operations.HistoryOf`)."""

from django.db import migrations

from core.operations import HistoryOf


class Migration(migrations.Migration):
    dependencies = (("approvals", "0003_roles"), ("core", "0006_row_changes"))

    operations = (
        HistoryOf(
            "approvals",
            "ApprovalRequest",
            partner="($1 ->> 'partner_id')::uuid",
            ignored=("payload_digest", "decided_digest"),
        ),
    )
