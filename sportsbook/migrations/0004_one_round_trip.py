"""The functions of a placement say whose rows they show."""

from django.db import migrations

from core.operations import Sql, SqlFile

PLACE = (
    "sportsbook_place_bets(uuid, timestamptz, date, uuid[], text[], bytea[], jsonb[], uuid[], uuid[], text[], "
    "numeric[], numeric[], numeric[], text[], numeric[], text[], bytea[], boolean[], numeric[], numeric[], int[], "
    "int[], uuid[], uuid[], int[], uuid[], numeric[], numeric[], int[], uuid[], text[], jsonb[])"
)


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0003_functions"), ("wallet", "0006_leaner_posting"))

    operations = (
        Sql(
            "DROP FUNCTION IF EXISTS sportsbook_placement_facts(timestamptz, uuid[], bytea[], text[], uuid[])"
        ),
        Sql(
            "DROP FUNCTION IF EXISTS sportsbook_place_bets(timestamptz, date, uuid[], text[], bytea[], jsonb[], "
            "uuid[], uuid[], text[], numeric[], numeric[], numeric[], text[], numeric[], text[], bytea[], "
            "boolean[], numeric[], numeric[], int[], int[], uuid[], uuid[], int[], uuid[], numeric[], numeric[], "
            "int[], uuid[], text[], jsonb[])"
        ),
        SqlFile("sportsbook", "placement_facts"),
        SqlFile("sportsbook", "place_bets", definer=(PLACE,), callers=("b2b_api", "b2b_jobs")),
    )
