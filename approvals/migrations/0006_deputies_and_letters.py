"""Who may do what with letters about requests; and what the database holds deputies to."""

from django.db import migrations

from core.operations import GlobalTable, SqlFile


class Migration(migrations.Migration):
    dependencies = (("approvals", "0005_letters"), ("staff", "0002_access"))

    operations = (
        GlobalTable(
            "approvals",
            "ApprovalLetter",
            {
                "b2b_office": "SELECT, INSERT",
                "b2b_jobs": "SELECT, INSERT, UPDATE (recipients, failure, state, attempts, tried_at)",
            },
        ),
        SqlFile("approvals", "guard_request"),
    )
