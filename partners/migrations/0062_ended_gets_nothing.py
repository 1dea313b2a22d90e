"""A partner that has ended gets no client, scope, secret, ramp or other status of its tenants any more."""

from django.db import migrations

from core.operations import Sql, SqlFile

SETTINGS = "allowed_ips, requests_per_minute, odds_threshold, status, suspended_by, suspended_role, ramp_percent"


class Migration(migrations.Migration):
    dependencies = (("partners", "0061_tenants_held"),)

    operations = (
        SqlFile("partners", "guard_ended"),
        Sql(
            f"CREATE OR REPLACE TRIGGER what_has_ended_stays BEFORE INSERT OR UPDATE OF {SETTINGS} "
            "ON partners_tenant FOR EACH ROW EXECUTE FUNCTION partners_guard_ended()"
        ),
        Sql(
            "CREATE TRIGGER what_has_ended_gets_nothing BEFORE INSERT OR UPDATE OF scopes ON partners_apiclient "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_ended_client()"
        ),
        Sql(
            "CREATE TRIGGER what_has_ended_gets_nothing BEFORE INSERT ON partners_clientsecret "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_ended_secret()"
        ),
    )
