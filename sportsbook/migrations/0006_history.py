"""Row history of what people change here (`core.operations.HistoryOf`)."""

from django.db import migrations

from core.operations import HistoryOf


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0005_four_eyes"), ("core", "0006_row_changes"))

    operations = (
        HistoryOf("sportsbook", "Sport"),
        HistoryOf("sportsbook", "Competition"),
        HistoryOf("sportsbook", "Market", only=("status",)),
    )
