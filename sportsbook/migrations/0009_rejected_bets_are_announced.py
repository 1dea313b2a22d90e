"""A bet that is refused for good is announced, as one that stands is."""

from django.db import migrations

from core.operations import SqlFile

PLACE = (
    "sportsbook_place_bets(uuid, timestamptz, date, uuid[], text[], bytea[], jsonb[], uuid[], uuid[], text[], "
    "numeric[], numeric[], numeric[], text[], numeric[], text[], bytea[], boolean[], numeric[], numeric[], int[], "
    "int[], uuid[], uuid[], int[], uuid[], numeric[], numeric[], int[], uuid[], text[], jsonb[])"
)


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0008_announced_odds"),)

    operations = (SqlFile("sportsbook", "place_bets", definer=(PLACE,), callers=("b2b_api", "b2b_jobs")),)
