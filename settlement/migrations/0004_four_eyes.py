"""In the office, commission plans are agreed by two people."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("settlement", "0003_what_a_statement_keeps"), ("approvals", "0002_access"))

    operations = (
        SqlFile("settlement", "guard_plan"),
        Sql(
            "CREATE TRIGGER two_people_agree_a_plan BEFORE INSERT OR UPDATE ON settlement_plan "
            "FOR EACH ROW EXECUTE FUNCTION settlement_guard_plan()"
        ),
    )
