"""A production tenant that was suspended goes on with all that compliance asks for alone."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0053_lines"),)

    operations = (SqlFile("partners", "guard_production"),)
