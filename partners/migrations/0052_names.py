"""Owners and contacts have a name, as directors do; rows from before are held to it when they change."""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.models import CheckConstraint, Q


class Migration(migrations.Migration):
    dependencies = (("partners", "0051_days"),)

    operations = (
        AddConstraintNotValid(
            "beneficialowner", CheckConstraint(condition=~Q(name=""), name="an_owner_has_a_name")
        ),
        AddConstraintNotValid("contact", CheckConstraint(condition=~Q(name=""), name="a_contact_has_a_name")),
    )
