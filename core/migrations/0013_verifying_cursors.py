"""Each chain of seals remembers how far it was read again."""

from django.db import migrations, models

from core.operations import GlobalTable


class Migration(migrations.Migration):
    dependencies = (("core", "0012_trail_seals"),)

    operations = (
        migrations.CreateModel(
            name="VerifyingCursor",
            fields=[
                ("chain", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("seal_number", models.BigIntegerField(default=0)),
                ("moved_at", models.DateTimeField(null=True)),
            ],
        ),
        GlobalTable("core", "VerifyingCursor", {"b2b_jobs": "SELECT, INSERT, UPDATE"}),
    )
