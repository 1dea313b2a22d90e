"""Row history: what became of each row that a person can change, written by triggers."""

from django.db import migrations, models

from core.operations import AppendOnly, GlobalTable, HistoryOf, SqlFile


class Migration(migrations.Migration):
    dependencies = (("core", "0005_refusals_in_commit_order"),)

    operations = (
        migrations.CreateModel(
            name="RowChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("changed_at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("added", "Added"), ("changed", "Changed"), ("removed", "Removed")],
                        max_length=8,
                    ),
                ),
                ("model", models.CharField(help_text="app and model: partners.partner", max_length=64)),
                ("row_id", models.CharField(max_length=64)),
                ("partner_id", models.UUIDField(null=True)),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
                ("actor", models.CharField(max_length=150)),
                ("login", models.CharField(max_length=63)),
                ("request_id", models.CharField(max_length=128)),
                ("transaction_id", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "change",
                "ordering": ("-id",),
                "indexes": [
                    models.Index(fields=["model", "row_id", "-id"], name="changes_of_a_row"),
                    models.Index(fields=["partner_id", "-changed_at"], name="changes_of_a_partner"),
                    models.Index(fields=["actor", "-id"], name="changes_by_an_actor"),
                    models.Index(fields=["changed_at"], name="changes_by_time"),
                    models.Index(
                        condition=models.Q(("request_id", ""), _negated=True),
                        fields=["request_id"],
                        name="changes_of_a_request",
                    ),
                ],
            },
        ),
        GlobalTable("core", "RowChange", {"b2b_office": "SELECT", "b2b_jobs": "SELECT"}),
        AppendOnly("core", "RowChange"),
        SqlFile("core", "told"),
        SqlFile("core", "note_change"),
        HistoryOf("core", "Currency", key="code"),
        HistoryOf("core", "StaffUser", hidden=("password",), ignored=("last_login", "session_epoch")),
        HistoryOf("core", "StaffUser_groups", key="staffuser_id"),
        HistoryOf("core", "StaffUser_user_permissions", key="staffuser_id"),
    )
