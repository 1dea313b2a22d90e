"""Triggers lock a partner no more than services do: rows that only refer to it are written meanwhile."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0078_api_called"),)

    operations = (
        SqlFile("partners", "guard_company"),
        SqlFile("partners", "guard_kyb"),
        SqlFile("partners", "guard_stage"),
    )
