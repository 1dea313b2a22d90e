"""In the office, results of settled fixtures are changed by two people."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0004_one_round_trip"), ("approvals", "0002_access"))

    operations = (
        SqlFile("sportsbook", "guard_result"),
        Sql(
            "CREATE TRIGGER two_people_settle_anew BEFORE INSERT ON sportsbook_result "
            "FOR EACH ROW EXECUTE FUNCTION sportsbook_guard_result()"
        ),
    )
