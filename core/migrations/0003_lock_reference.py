"""One rule for the lock of a reference."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("core", "0002_access"),)

    operations = (SqlFile("core", "lock_reference"), SqlFile("core", "take_references"))
