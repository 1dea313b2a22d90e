"""Who may do what with limits and the daily stakes counted against them."""

from django.db import migrations

from core.operations import MY_TENANT, Sql, TenantTable

READ, WRITE = "SELECT", "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = (("risk", "0001_initial"), ("wallet", "0002_access"))

    operations = (
        TenantTable(
            "risk",
            "Limit",
            {"b2b_api": READ, "b2b_ledger": READ, "b2b_office": WRITE, "b2b_jobs": WRITE},
            seen=(
                f"(tenant_id = {MY_TENANT} OR partner_id = (SELECT t.partner_id FROM partners_tenant t "
                f"WHERE t.id = {MY_TENANT}) OR (tenant_id IS NULL AND partner_id IS NULL))"
            ),
        ),
        TenantTable(
            "risk",
            "DailyStake",
            {"b2b_api": READ, "b2b_office": READ, "b2b_jobs": READ, "b2b_ledger": "SELECT, INSERT, UPDATE"},
        ),
        Sql("ALTER TABLE risk_dailystake SET (fillfactor = 50)"),
    )
