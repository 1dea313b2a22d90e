"""A confirmed match stands until a second person cleared it; who is new or renamed is not forgotten."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0048_company_without_account"),)

    operations = (
        Sql("DROP FUNCTION IF EXISTS partners_screenings(uuid[], timestamptz)"),
        SqlFile("partners", "kyb"),
        SqlFile("partners", "guard_production"),
    )
