"""Who may do what with players and the ledger: processes read, one function writes."""

from django.db import migrations

from core.operations import AppendOnly, GlobalTable, Sql, SqlFile, TenantTable

READ = "SELECT"
READERS = {"b2b_api": READ, "b2b_office": READ, "b2b_jobs": READ}


class Migration(migrations.Migration):
    dependencies = (("wallet", "0001_initial"), ("partners", "0002_access"))

    operations = (
        TenantTable(
            "wallet",
            "Player",
            {
                "b2b_api": "SELECT, INSERT, UPDATE (vip, kyc_status, status)",
                "b2b_office": "SELECT, UPDATE (vip, kyc_status, status)",
                "b2b_jobs": "SELECT, INSERT, UPDATE (vip, kyc_status, status)",
                "b2b_ledger": READ,
            },
        ),
        TenantTable("wallet", "Account", {**READERS, "b2b_ledger": "SELECT, INSERT"}),
        TenantTable("wallet", "Balance", {**READERS, "b2b_ledger": "SELECT, INSERT, UPDATE"}),
        TenantTable("wallet", "JournalEntry", {**READERS, "b2b_ledger": "SELECT, INSERT"}),
        TenantTable("wallet", "Transfer", {**READERS, "b2b_ledger": "SELECT, INSERT"}),
        GlobalTable("wallet", "Seal", {"b2b_office": READ, "b2b_jobs": "SELECT, INSERT"}),
        AppendOnly("wallet", "JournalEntry"),
        AppendOnly("wallet", "Transfer"),
        AppendOnly("wallet", "Seal"),
        Sql("ALTER TABLE wallet_balance SET (fillfactor = 50)"),
        SqlFile("wallet", "open_wallet", definer=("wallet_open_wallet()",)),
        SqlFile(
            "wallet",
            "write",
            definer=(
                "wallet_write(timestamptz, uuid[], uuid[], text[], numeric[], text[], uuid[], uuid[], boolean[], "
                "int[], text[], text[], numeric[], int[], uuid[], text[], jsonb[])",
            ),
        ),
        SqlFile(
            "wallet",
            "post",
            definer=(
                "wallet_post(uuid, timestamptz, bytea, smallint, uuid, uuid, text, numeric, text, uuid, uuid, boolean, "
                "jsonb, text, text, uuid, text, jsonb)",
            ),
            callers=("b2b_api", "b2b_jobs"),
        ),
    )
