"""Who may do what with plans and statements."""

from django.db import migrations

from core.operations import TenantTable

READ, WRITE, ALL = "SELECT", "SELECT, INSERT, UPDATE", "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = (("settlement", "0001_initial"), ("sportsbook", "0002_access"))

    operations = (
        TenantTable("settlement", "Plan", {"b2b_api": READ, "b2b_office": WRITE, "b2b_jobs": WRITE}),
        TenantTable("settlement", "Statement", {"b2b_api": READ, "b2b_office": ALL, "b2b_jobs": ALL}),
        TenantTable("settlement", "StatementLine", {"b2b_api": READ, "b2b_office": ALL, "b2b_jobs": ALL}),
        TenantTable("settlement", "StatementCharge", {"b2b_api": READ, "b2b_office": ALL, "b2b_jobs": ALL}),
    )
