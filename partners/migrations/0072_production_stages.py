"""A suspended production tenant goes on at the stages of production alone."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0071_requests_per_minute"),)

    operations = (SqlFile("partners", "guard_production"),)
