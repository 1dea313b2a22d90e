"""What is known of a partner that has ended stays as it is, whoever of the office writes."""

from django.db import migrations

from core.operations import Sql, SqlFile

KNOWN_OF_A_PARTNER = ("company", "beneficialowner", "director", "contact", "licence")
SETTINGS = "allowed_ips, requests_per_minute, odds_threshold"


def _guard(table: str, when: str = "INSERT OR UPDATE") -> Sql:
    return Sql(
        f"CREATE TRIGGER what_has_ended_stays BEFORE {when} ON partners_{table} "
        "FOR EACH ROW EXECUTE FUNCTION partners_guard_ended()"
    )


class Migration(migrations.Migration):
    dependencies = (("partners", "0058_tenant_opened"),)

    operations = (
        SqlFile("partners", "guard_ended"),
        *(_guard(table) for table in KNOWN_OF_A_PARTNER),
        _guard("tenant", f"INSERT OR UPDATE OF {SETTINGS}"),
        Sql(
            "CREATE TRIGGER what_has_ended_stays BEFORE UPDATE ON partners_partner FOR EACH ROW "
            "WHEN (OLD.stage IN ('declined', 'terminated')) EXECUTE FUNCTION partners_guard_ended_partner()"
        ),
    )
