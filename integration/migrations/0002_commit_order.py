"""Each row says which transaction wrote it, so that what is written late is counted too."""

from django.db import migrations

from core.operations import Sql


class Migration(migrations.Migration):
    dependencies = (("integration", "0001_request_log"),)

    operations = (
        Sql(
            "ALTER TABLE integration_apirequest ADD COLUMN transaction bigint NOT NULL "
            "DEFAULT (pg_current_xact_id()::text::bigint)"
        ),
        Sql("CREATE INDEX requests_in_commit_order ON integration_apirequest (transaction)"),
    )
