"""How the stream's process asks how far all sequences have come."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("core", "0008_facts"),)

    operations = (SqlFile("streaming", "streaming_heads"),)
