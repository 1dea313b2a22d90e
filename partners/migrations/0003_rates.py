"""The function that answers what a currency costs."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0002_access"),)

    operations = (SqlFile("partners", "usd_rate"),)
