"""A bet's facts say how much of the tenant's traffic is routed."""

from django.db import migrations

from core.operations import SqlFile


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0006_history"), ("partners", "0042_ramp"))

    operations = (SqlFile("sportsbook", "placement_facts"),)
