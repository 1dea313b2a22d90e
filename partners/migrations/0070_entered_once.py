"""A form that is sent twice enters one row; rows that were doubled before stay as they are."""

from django.db import migrations

from core.operations import Sql, SqlFile

ENTERED_ONCE = ("beneficialowner", "director", "certification", "kybreview", "apiclient")


class Migration(migrations.Migration):
    dependencies = (("partners", "0066_test_scopes"),)

    operations = (
        SqlFile("partners", "guard_doubles"),
        *(
            Sql(
                f"CREATE TRIGGER entered_once BEFORE INSERT ON partners_{table} "
                "FOR EACH ROW EXECUTE FUNCTION partners_guard_doubles()"
            )
            for table in ENTERED_ONCE
        ),
    )
