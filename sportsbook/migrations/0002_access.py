"""Who may do what with fixtures, odds, bets and their settlements."""

from django.db import migrations

from core.operations import AppendOnly, GlobalTable, TenantTable

READ, WRITE, ADD = "SELECT", "SELECT, INSERT, UPDATE", "SELECT, INSERT"
STAFF = {"b2b_office": WRITE, "b2b_jobs": WRITE}
READERS = {"b2b_api": READ, "b2b_office": READ, "b2b_jobs": READ}


def _shared(model: str, grants: dict[str, str]) -> TenantTable:
    return TenantTable("sportsbook", model, grants, tenant_column="owner_tenant_id", shared=True)


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0001_initial"), ("risk", "0002_access"))

    operations = (
        GlobalTable("sportsbook", "Sport", {"b2b_api": READ, **STAFF}),
        GlobalTable("sportsbook", "Competition", {"b2b_api": READ, **STAFF}),
        _shared("Fixture", {"b2b_api": READ, "b2b_ledger": READ, **STAFF}),
        _shared("Market", {"b2b_api": READ, "b2b_ledger": READ, **STAFF}),
        _shared("Outcome", {"b2b_api": READ, "b2b_ledger": READ, **STAFF}),
        _shared("OddsChange", {"b2b_api": READ, "b2b_office": ADD, "b2b_jobs": ADD}),
        _shared("Result", {"b2b_api": READ, "b2b_office": ADD, "b2b_jobs": ADD}),
        AppendOnly("sportsbook", "OddsChange"),
        AppendOnly("sportsbook", "Result"),
        TenantTable(
            "sportsbook",
            "Bet",
            {
                **READERS,
                "b2b_ledger": "SELECT, INSERT, UPDATE (status, payout, revision, settled_at, settlement_entry_id)",
            },
        ),
        TenantTable(
            "sportsbook", "Leg", {**READERS, "b2b_ledger": "SELECT, INSERT, UPDATE (status, dead_heat)"}
        ),
        TenantTable("sportsbook", "Settlement", {**READERS, "b2b_ledger": ADD}),
        AppendOnly("sportsbook", "Settlement"),
    )
