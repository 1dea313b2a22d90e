"""In the office, limits are raised by two people, and none is taken out."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("risk", "0003_functions"), ("approvals", "0002_access"))

    operations = (
        SqlFile("risk", "guard_limit"),
        Sql(
            "CREATE TRIGGER a_raise_is_approved BEFORE INSERT OR UPDATE ON risk_limit "
            "FOR EACH ROW EXECUTE FUNCTION risk_guard_limit()"
        ),
        Sql("REVOKE DELETE ON risk_limit FROM b2b_office"),
    )
