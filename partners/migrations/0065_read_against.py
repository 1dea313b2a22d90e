"""What two people change is changed only from what it was when the second person read it."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0063_stop_letters"), ("approvals", "0010_titles"))

    operations = (
        SqlFile("partners", "guard_widening"),
        SqlFile("partners", "guard_ramp"),
        SqlFile("partners", "guard_four_eyes"),
    )
