"""Row history of what people change here (`core.operations.HistoryOf`)."""

from django.db import migrations

from core.operations import HistoryOf


class Migration(migrations.Migration):
    dependencies = (("staff", "0002_access"), ("core", "0006_row_changes"))

    operations = (
        HistoryOf("staff", "Deputy"),
        HistoryOf("staff", "TotpReset"),
        HistoryOf("staff", "StaffLink", hidden=("token_hash",)),
        HistoryOf(
            "staff",
            "StaffTotp",
            hidden=("seed", "pending_seed"),
            ignored=("last_step", "throttling_failure_count", "throttling_failure_timestamp"),
        ),
    )
