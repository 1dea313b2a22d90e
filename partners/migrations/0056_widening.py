"""A secret for production is what the second person read of it; more access to production takes two people.

Requests from before say nothing of a lifetime: who asked chooses it, as was read then.
"""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0055_holds"), ("approvals", "0009_production_access"))

    operations = (
        SqlFile("partners", "guard_four_eyes"),
        SqlFile("partners", "guard_widening"),
        Sql(
            "CREATE TRIGGER two_people_widen_scopes BEFORE UPDATE OF scopes, tenant_id ON partners_apiclient "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_scopes()"
        ),
        Sql(
            "CREATE TRIGGER two_people_widen_networks BEFORE UPDATE OF allowed_ips ON partners_tenant "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_networks()"
        ),
        Sql(
            "CREATE TRIGGER other_scopes_void_permits AFTER UPDATE OF scopes ON partners_apiclient FOR EACH ROW "
            "WHEN (OLD.scopes IS DISTINCT FROM NEW.scopes) EXECUTE FUNCTION partners_void_permits_of_client()"
        ),
        Sql(
            "CREATE TRIGGER other_networks_void_permits AFTER UPDATE OF allowed_ips ON partners_tenant FOR EACH ROW "
            "WHEN (OLD.allowed_ips IS DISTINCT FROM NEW.allowed_ips) "
            "EXECUTE FUNCTION partners_void_permits_of_tenant()"
        ),
    )
