"""Row history of what people change here (`core.operations.HistoryOf`)."""

from django.db import migrations

from core.operations import HistoryOf

TENANTS_PARTNER = "(SELECT partner_id FROM partners_tenant WHERE id = ($1 ->> 'tenant_id')::uuid)"


class Migration(migrations.Migration):
    dependencies = (("wallet", "0007_reveal"), ("core", "0006_row_changes"))

    operations = (
        HistoryOf("wallet", "Player", partner=TENANTS_PARTNER, only=("status", "kyc_status", "vip")),
    )
