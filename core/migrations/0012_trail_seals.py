"""Audit records and row changes are sealed in the order of the transactions that wrote them."""

from django.db import migrations, models

from core.operations import AppendOnly, GlobalTable, Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("core", "0011_records_without_a_transaction"),)

    operations = (
        migrations.AlterField(
            model_name="auditrecord",
            name="transaction_id",
            field=models.BigIntegerField(editable=False, help_text="of the row changes that it tells of"),
        ),
        SqlFile("core", "stamp_transaction"),
        Sql(
            "CREATE TRIGGER records_name_their_transaction BEFORE INSERT ON core_auditrecord FOR EACH ROW "
            "EXECUTE FUNCTION core_stamp_transaction()"
        ),
        migrations.AddIndex(
            model_name="auditrecord",
            index=models.Index(fields=["transaction_id", "id"], name="audit_records_in_commit_order"),
        ),
        migrations.AddIndex(
            model_name="rowchange",
            index=models.Index(fields=["transaction_id", "id"], name="changes_in_commit_order"),
        ),
        migrations.CreateModel(
            name="TrailSeal",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("transaction_first", models.BigIntegerField()),
                ("transaction_end", models.BigIntegerField()),
                (
                    "digest",
                    models.BinaryField(help_text="SHA-256 of the link before and of the rows", max_length=32),
                ),
                ("sealed_at", models.DateTimeField()),
                ("record_count", models.BigIntegerField()),
                ("change_count", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("transaction_first",), name="seals_of_the_trail_do_not_overlap"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("transaction_end__gt", models.F("transaction_first"))),
                        name="a_seal_of_the_trail_covers_something",
                    ),
                ],
            },
        ),
        GlobalTable("core", "TrailSeal", {"b2b_office": "SELECT", "b2b_jobs": "SELECT, INSERT"}),
        AppendOnly("core", "TrailSeal"),
    )
