"""A limit is raised only from what counted when the second person read it."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("risk", "0006_propose"), ("approvals", "0010_titles"))

    operations = (SqlFile("risk", "guard_limit"),)
