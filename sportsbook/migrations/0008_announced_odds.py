"""What each tenant was last told of odds."""

import django.db.models.deletion
from django.db import migrations, models

from core.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0007_ramp"), ("partners", "0044_odds_threshold"))

    operations = (
        migrations.CreateModel(
            name="AnnouncedOdds",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "outcome_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("odds", models.DecimalField(decimal_places=6, max_digits=14)),
                ("announced_at", models.DateTimeField()),
                (
                    "outcome",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="sportsbook.outcome"
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="partners.tenant",
                    ),
                ),
            ],
        ),
        TenantTable("sportsbook", "AnnouncedOdds", {"b2b_jobs": "SELECT, INSERT, UPDATE"}),
    )
