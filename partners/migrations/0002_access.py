"""Who may do what with partners, tenants, credentials and exchange rates."""

from django.db import migrations

from core.operations import GlobalTable, TenantTable

READ, WRITE = "SELECT", "SELECT, INSERT, UPDATE"
ALL = "SELECT, INSERT, UPDATE, DELETE"
STAFF = {"b2b_office": WRITE, "b2b_jobs": WRITE}


class Migration(migrations.Migration):
    dependencies = (("partners", "0001_initial"), ("core", "0002_access"))

    operations = (
        TenantTable("partners", "Tenant", {"b2b_api": READ, "b2b_ledger": READ, **STAFF}, tenant_column="id"),
        TenantTable(
            "partners",
            "Partner",
            {"b2b_api": READ, "b2b_ledger": READ, **STAFF},
            tenant_column="(SELECT t.id FROM partners_tenant t WHERE t.partner_id = partners_partner.id)",
        ),
        TenantTable("partners", "TenantCurrency", {"b2b_api": READ, "b2b_office": ALL, "b2b_jobs": ALL}),
        GlobalTable("partners", "ApiClient", {"b2b_api": READ, **STAFF}),
        GlobalTable("partners", "ClientSecret", {"b2b_api": READ, **STAFF}),
        GlobalTable(
            "partners",
            "RevokedToken",
            {"b2b_api": "SELECT, INSERT", "b2b_office": READ, "b2b_jobs": "SELECT, DELETE"},
        ),
        GlobalTable("partners", "ExchangeRate", {"b2b_api": READ, "b2b_ledger": READ, **STAFF}),
    )
