"""A production tenant that is opened late needs what one that goes on needs; exchange rates have days that can be."""

import datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0057_ended_is_ended"),)

    operations = (
        SqlFile("partners", "guard_production"),
        AddConstraintNotValid(
            "exchangerate",
            models.CheckConstraint(
                condition=models.Q(
                    valid_date__gte=datetime.date(1900, 1, 2), valid_date__lt=datetime.date(2200, 1, 1)
                ),
                name="an_exchange_rate_has_a_day_that_can_be",
            ),
        ),
    )
