"""A plan begins within two years of its agreement; plans from before stay as they are."""

import datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("settlement", "0009_payout_address_access"),)

    operations = (
        AddConstraintNotValid(
            "plan",
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=False)
                | models.Q(
                    valid_from__gte=datetime.date(2000, 1, 1),
                    valid_from__lte=models.F("created_at") + datetime.timedelta(days=733),
                ),
                name="a_plan_begins_within_two_years_of_its_agreement",
            ),
        ),
    )
