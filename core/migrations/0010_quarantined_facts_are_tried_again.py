"""A fact that was put aside can be tried again: the office asks, the jobs do."""

from django.db import migrations, models

from core.operations import Sql


class Migration(migrations.Migration):
    dependencies = (("core", "0009_event_retention"),)

    operations = (
        migrations.AddField(
            model_name="quarantinedfact",
            name="attempts",
            field=models.PositiveIntegerField(default=1, db_default=1),
        ),
        migrations.AddField(
            model_name="quarantinedfact",
            name="retry_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="quarantinedfact",
            index=models.Index(
                fields=["handler", "sequence"],
                condition=models.Q(retry_asked_at__isnull=False),
                name="facts_to_be_tried_again",
            ),
        ),
        Sql("GRANT UPDATE (retry_asked_at) ON core_quarantinedfact TO b2b_office"),
        Sql(
            "GRANT UPDATE (attempts, error, quarantined_at, retry_asked_at) ON core_quarantinedfact TO b2b_jobs"
        ),
    )
