"""That the API was called means that a request with an access token was answered."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0077_letters_to_partners"), ("reporting", "0001_initial"))

    operations = (SqlFile("partners", "onboarding_facts"),)
