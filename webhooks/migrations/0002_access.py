"""Who may do what with webhooks. No process but the jobs, who sign with it, reads a secret."""

from django.db import migrations

from core.operations import HistoryOf, Sql, TenantTable

TENANTS_PARTNER = "(SELECT partner_id FROM partners_tenant WHERE id = ($1 ->> 'tenant_id')::uuid)"
CONFIGURED = (
    "url, types, description, status, disabled_at, disabled_reason, removed_at, rate_per_second, concurrency, "
    "strict_order, consecutive_failures, failing_since, breaker_until"
)
SECRET_KEPT = "id, tenant_id, endpoint_id, hint, created_at, expires_at"
IN_HAND = "state, attempts_before, next_at, expires_at, finished_at"


class Migration(migrations.Migration):
    dependencies = (
        ("webhooks", "0001_initial"),
        ("core", "0008_facts"),
        ("partners", "0043_ramp_access"),
    )

    operations = (
        TenantTable(
            "webhooks",
            "Endpoint",
            {
                "b2b_api": f"SELECT, INSERT, UPDATE ({CONFIGURED})",
                "b2b_office": f"SELECT, UPDATE ({CONFIGURED})",
                "b2b_jobs": "SELECT, INSERT, UPDATE",
            },
        ),
        TenantTable(
            "webhooks",
            "Secret",
            {
                "b2b_api": f"SELECT ({SECRET_KEPT}), INSERT, UPDATE (expires_at), DELETE",
                "b2b_office": f"SELECT ({SECRET_KEPT}), INSERT, UPDATE (expires_at), DELETE",
                "b2b_jobs": "SELECT, INSERT, DELETE",
            },
        ),
        TenantTable(
            "webhooks",
            "Delivery",
            {
                "b2b_api": f"SELECT, INSERT, UPDATE ({IN_HAND})",
                "b2b_office": f"SELECT, UPDATE ({IN_HAND})",
                "b2b_jobs": "SELECT, INSERT, UPDATE, DELETE",
            },
        ),
        TenantTable(
            "webhooks",
            "Attempt",
            {"b2b_api": "SELECT", "b2b_office": "SELECT", "b2b_jobs": "SELECT, INSERT, DELETE"},
        ),
        HistoryOf(
            "webhooks",
            "Endpoint",
            partner=TENANTS_PARTNER,
            ignored=("consecutive_failures", "failing_since", "breaker_until", "last_delivered_at"),
        ),
        HistoryOf("webhooks", "Secret", partner=TENANTS_PARTNER, hidden=("encrypted", "hint")),
        # Rows change a few times soon after they were made, then never.
        Sql(
            "ALTER TABLE webhooks_delivery SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, "
            "autovacuum_vacuum_insert_scale_factor = 0.1)"
        ),
        Sql("ALTER TABLE webhooks_endpoint SET (fillfactor = 50)"),
    )
