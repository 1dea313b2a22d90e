"""Statements go from draft to approval by two people, and adjustments are made by two people."""

from django.db import migrations

from core.operations import AppendOnly, Sql, SqlFile, TenantTable


class Migration(migrations.Migration):
    dependencies = (("settlement", "0006_review"), ("approvals", "0002_access"))

    operations = (
        TenantTable(
            "settlement",
            "StatementAdjustment",
            {"b2b_api": "SELECT", "b2b_office": "SELECT, INSERT", "b2b_jobs": "SELECT"},
        ),
        AppendOnly("settlement", "StatementAdjustment"),
        SqlFile("settlement", "guard_statement"),
        SqlFile("settlement", "guard_new_statement"),
        SqlFile("settlement", "guard_adjustment"),
        Sql(
            "CREATE TRIGGER a_statement_begins_as_a_draft BEFORE INSERT ON settlement_statement "
            "FOR EACH ROW EXECUTE FUNCTION settlement_guard_new_statement()"
        ),
        Sql(
            "CREATE TRIGGER two_people_adjust_a_statement BEFORE INSERT ON settlement_statementadjustment "
            "FOR EACH ROW EXECUTE FUNCTION settlement_guard_adjustment()"
        ),
    )
