"""In the office, more traffic is routed to production by two people; a secret's end is never put off."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0042_ramp"), ("approvals", "0002_access"))

    operations = (
        SqlFile("partners", "guard_ramp"),
        SqlFile("partners", "guard_production"),
        Sql(
            "CREATE TRIGGER two_people_route_more BEFORE INSERT OR UPDATE OF ramp_percent ON partners_tenant "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_ramp()"
        ),
        Sql(
            "CREATE OR REPLACE TRIGGER production_secrets_wait_for_deployment "
            "BEFORE INSERT OR UPDATE OF client_id, revoked_at, digest, expires_at ON partners_clientsecret "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_production_secret()"
        ),
    )
