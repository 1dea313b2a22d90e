"""Who may do what with notices; and the office adds deliveries too: replays that staff ask for."""

from django.db import migrations

from core.operations import Sql, TenantTable


class Migration(migrations.Migration):
    dependencies = (("webhooks", "0003_notices"),)

    operations = (
        TenantTable(
            "webhooks",
            "Notice",
            {
                "b2b_office": "SELECT",
                "b2b_jobs": "SELECT, INSERT, UPDATE (state, recipients, attempts, tried_at, failure)",
            },
        ),
        Sql("GRANT INSERT ON webhooks_delivery TO b2b_office"),
    )
