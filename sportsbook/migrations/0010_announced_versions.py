"""Of which version of its market the odds were that a tenant was last told."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0009_rejected_bets_are_announced"),)

    operations = (
        migrations.AddField(
            model_name="announcedodds",
            name="market_version",
            field=models.PositiveIntegerField(default=0),
        ),
    )
