"""The onboarding facts say what counts as a call of the API."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0079_locks_from_the_top"),)

    operations = (SqlFile("partners", "onboarding_facts"),)
