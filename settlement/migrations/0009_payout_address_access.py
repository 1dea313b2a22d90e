"""Where partners are paid is agreed by two people, and never edited."""

from django.db import migrations

from core.operations import GlobalTable, HistoryOf, Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("settlement", "0008_payout_addresses"), ("core", "0006_row_changes"))

    operations = (
        GlobalTable(
            "settlement",
            "PayoutAddress",
            {"b2b_office": "SELECT, INSERT, UPDATE (ended_at)", "b2b_jobs": "SELECT"},
        ),
        SqlFile("settlement", "guard_payout_address"),
        Sql(
            "CREATE TRIGGER two_people_enter_a_payout_address BEFORE INSERT OR UPDATE OR DELETE "
            "ON settlement_payoutaddress FOR EACH ROW EXECUTE FUNCTION settlement_guard_payout_address()"
        ),
        Sql(
            "CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON settlement_payoutaddress "
            "FOR EACH STATEMENT EXECUTE FUNCTION settlement_guard_payout_address()"
        ),
        HistoryOf("settlement", "PayoutAddress", partner="($1 ->> 'partner_id')::uuid"),
        HistoryOf(
            "settlement",
            "StatementAdjustment",
            partner="(SELECT partner_id FROM partners_tenant WHERE id = ($1 ->> 'tenant_id')::uuid)",
        ),
    )
