"""The functions that count stakes against daily limits."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("risk", "0002_access"),)

    operations = (
        SqlFile(
            "risk",
            "claim",
            definer=("risk_claim(uuid[], date[], numeric[])", "risk_release(uuid[], date[], numeric[])"),
        ),
    )
