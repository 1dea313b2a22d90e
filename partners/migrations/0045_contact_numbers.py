"""A contact's phone is a phone number and its e-mail an address; rows from before are held to it when they change."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("partners", "0044_odds_threshold"),)

    operations = (
        AddConstraintNotValid(
            "contact",
            models.CheckConstraint(
                condition=models.Q(phone__regex=r"^(\+[1-9]( ?[0-9]){6,14})?$"),
                name="a_contacts_phone_is_a_number",
            ),
        ),
        AddConstraintNotValid(
            "contact",
            models.CheckConstraint(
                condition=models.Q(email__regex=r"^[^@[:space:]]+@[^@[:space:]]+$"),
                name="a_contacts_email_is_an_address",
            ),
        ),
    )
