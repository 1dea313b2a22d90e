"""A title is of what is proposed, and changes with it. What was edited under its old title is asked for anew."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("approvals", "0009_production_access"),)

    operations = (
        SqlFile("approvals", "guard_request"),
        Sql(
            "UPDATE approvals_approvalrequest SET status = 'void', closed_at = greatest(now(), edited_at), "
            "failure = 'Its title was of what was asked for before the edit: ask again.' "
            "WHERE status = 'pending' AND revision > 1"
        ),
    )
