"""Days about a partner lie where they can; rows that were there before stay as they are."""

import datetime

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from core.operations import SqlFile

BORN = models.Q(birth_date__gte=datetime.date(1900, 1, 2))


class Migration(migrations.Migration):
    dependencies = (("partners", "0050_letters_of_kyb"),)

    operations = (
        AddConstraintNotValid(
            "processorcontract",
            models.CheckConstraint(
                condition=models.Q(agreed_on__gte=datetime.date(2016, 5, 24)) | models.Q(ended_at__isnull=False),
                name="a_contract_in_force_is_no_older_than_the_gdpr",
            ),
        ),
        AddConstraintNotValid(
            "beneficialowner", models.CheckConstraint(condition=BORN, name="an_owner_is_born_after_1900")
        ),
        AddConstraintNotValid(
            "beneficialowner",
            models.CheckConstraint(
                condition=models.Q(owner_until=None) | models.Q(owner_until__gte=models.F("birth_date")),
                name="an_owner_leaves_after_being_born",
            ),
        ),
        AddConstraintNotValid(
            "director", models.CheckConstraint(condition=BORN, name="a_director_is_born_after_1900")
        ),
        AddConstraintNotValid(
            "director",
            models.CheckConstraint(
                condition=models.Q(director_until=None) | models.Q(director_until__gte=models.F("birth_date")),
                name="a_director_leaves_after_being_born",
            ),
        ),
        SqlFile("partners", "guard_kyb"),
    )
