"""Each reference says which transaction wrote it, so that refused bets are counted in the order of commits."""

from django.db import migrations, models

import core.models


class Migration(migrations.Migration):
    dependencies = (("core", "0004_session_epoch"),)

    operations = (
        migrations.AddField(
            model_name="reference",
            name="transaction",
            field=models.BigIntegerField(
                db_default=core.models.CurrentTransaction(), editable=False, help_text="pg_current_xact_id()"
            ),
        ),
        migrations.AddIndex(
            model_name="reference",
            index=models.Index(
                condition=models.Q(("kind", "bet"), ("refusal__isnull", False)),
                fields=["transaction"],
                name="refused_bets_in_commit_order",
            ),
        ),
    )
