"""Where a partner is going to take bets: its documents are asked for before anything rests on them."""

import django.contrib.postgres.fields
from django.db import migrations, models

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0059_ended_stays"),)

    operations = (
        migrations.AddField(
            "company",
            "planned_jurisdictions",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=8),
                blank=True,
                db_default=[],
                default=list,
                help_text="where the partner is going to take bets: its documents are asked for already",
                size=None,
            ),
        ),
        SqlFile("partners", "planned_jurisdictions"),
        SqlFile("partners", "note_evidence"),
    )
