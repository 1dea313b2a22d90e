"""The functions that place and settle bets."""

from django.db import migrations

from core.operations import Sql, SqlFile

PLACE = (
    "sportsbook_place_bets(uuid, timestamptz, date, uuid[], text[], bytea[], jsonb[], uuid[], uuid[], text[], numeric[], "
    "numeric[], numeric[], text[], numeric[], text[], bytea[], boolean[], numeric[], numeric[], int[], int[], uuid[], "
    "uuid[], int[], uuid[], numeric[], numeric[], int[], uuid[], text[], jsonb[])"
)
SETTLE = (
    "sportsbook_settle_bets(timestamptz, uuid, int, text, text, uuid[], int[], text[], text[], text[], numeric[], "
    "numeric[], numeric[], uuid[], uuid[], uuid[], numeric[], int[], int[], text[], int[], uuid[], text[], jsonb[])"
)


class Migration(migrations.Migration):
    dependencies = (("sportsbook", "0002_access"), ("risk", "0003_functions"), ("partners", "0003_rates"))

    operations = (
        SqlFile("sportsbook", "placement_facts"),
        SqlFile("sportsbook", "place_bets", definer=(PLACE,), callers=("b2b_api", "b2b_jobs")),
        SqlFile("sportsbook", "settle_bets", definer=(SETTLE,), callers=("b2b_jobs",)),
        Sql("ALTER TABLE sportsbook_bet SET (fillfactor = 80)"),
        Sql("ALTER TABLE sportsbook_leg SET (fillfactor = 80)"),
    )
