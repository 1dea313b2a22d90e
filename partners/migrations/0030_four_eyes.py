"""In the office, credentials for production are issued, and exchange rates entered, by two people."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0022_compliance_requirements"), ("approvals", "0002_access"))

    operations = (
        SqlFile("partners", "guard_four_eyes"),
        Sql(
            "CREATE TRIGGER two_people_issue_for_production BEFORE INSERT ON partners_clientsecret "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_secret()"
        ),
        Sql(
            "CREATE TRIGGER two_people_enter_a_rate BEFORE INSERT OR UPDATE ON partners_exchangerate "
            "FOR EACH ROW EXECUTE FUNCTION partners_guard_rate()"
        ),
    )
