"""From how large a change on a tenant is told of odds."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("partners", "0043_ramp_access"),)

    operations = (
        migrations.AddField(
            model_name="tenant",
            name="odds_threshold",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="by which fraction odds must differ from those last announced to be announced; "
                "empty: the platform's, 0.05",
                max_digits=5,
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="tenant",
            constraint=models.CheckConstraint(
                condition=models.Q(("odds_threshold__gte", 0), ("odds_threshold__lte", 1)),
                name="an_odds_threshold_is_a_fraction",
            ),
        ),
    )
