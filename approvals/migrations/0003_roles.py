"""In the office, roles are given by two people."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("approvals", "0002_access"), ("staff", "0002_access"))

    operations = (
        SqlFile("approvals", "guard_role"),
        # After `roles_stay_apart` by its name: a pair that nobody may hold is refused as that.
        Sql(
            "CREATE TRIGGER two_people_give_a_role AFTER INSERT OR UPDATE ON core_staff_user_groups "
            "FOR EACH ROW EXECUTE FUNCTION approvals_guard_role()"
        ),
    )
