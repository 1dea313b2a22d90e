"""The jobs count, the office reads; partners see none of it."""

from django.db import migrations

from core.operations import GlobalTable, TenantTable

COUNTED = {"b2b_office": "SELECT", "b2b_jobs": "SELECT, INSERT, UPDATE, DELETE"}


class Migration(migrations.Migration):
    dependencies = (
        ("reporting", "0001_initial"),
        ("core", "0005_refusals_in_commit_order"),
        ("integration", "0002_commit_order"),
        ("sportsbook", "0005_four_eyes"),
        ("wallet", "0006_leaner_posting"),
    )

    operations = (
        *(
            TenantTable("reporting", model, COUNTED)
            for model in ("HourlyBets", "DailyBets", "HourlyRequests", "DailyRequests")
        ),
        *(GlobalTable("reporting", model, COUNTED) for model in ("PlatformBets", "PlatformRequests")),
        GlobalTable("reporting", "Mark", {"b2b_office": "SELECT", "b2b_jobs": "SELECT, INSERT, UPDATE"}),
    )
