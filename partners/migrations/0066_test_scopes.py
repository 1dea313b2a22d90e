"""The scope `sandbox` is for clients of test tenants."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0065_read_against"),)

    operations = (
        SqlFile("partners", "guard_test_scopes"),
        Sql(
            "CREATE TRIGGER production_has_no_test_scopes BEFORE INSERT OR UPDATE OF scopes ON partners_apiclient "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_test_scopes()"
        ),
    )
