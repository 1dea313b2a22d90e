"""Row history of what people change here (`core.operations.HistoryOf`)."""

from django.db import migrations

from core.operations import HistoryOf

TENANTS_PARTNER = "(SELECT partner_id FROM partners_tenant WHERE id = ($1 ->> 'tenant_id')::uuid)"


class Migration(migrations.Migration):
    dependencies = (("risk", "0004_four_eyes"), ("core", "0006_row_changes"))

    operations = (
        HistoryOf(
            "risk",
            "Limit",
            partner=f"coalesce(($1 ->> 'partner_id')::uuid, {TENANTS_PARTNER})",
            ignored=("updated_at",),
        ),
    )
