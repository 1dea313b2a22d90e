"""Rows from before are held to the check as well, without keeping writers out meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("core", "0014_cheaper_check"),)

    operations = (ValidateConstraint("reference", "a_reference_was_taken_or_refused"),)
