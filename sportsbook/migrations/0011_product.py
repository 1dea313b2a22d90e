"""The exact product of the legs' factors, for what another result would move."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0010_announced_versions"),)

    operations = (SqlFile("sportsbook", "product"),)
