"""Posting says whose rows it shows, and starts fewer statements for each entry."""

from django.db import migrations

from core.operations import Sql, SqlFile

WRITE = (
    "wallet_write(timestamptz, uuid[], uuid[], text[], numeric[], text[], uuid[], uuid[], boolean[], "
    "int[], text[], text[], numeric[], int[], uuid[], text[], jsonb[])"
)
POST = (
    "wallet_post(uuid, timestamptz, bytea, smallint, uuid, uuid, text, numeric, text, uuid, uuid, boolean, "
    "jsonb, text, text, uuid, text, jsonb)"
)
ROLL_BACK = "wallet_roll_back(timestamptz, bytea, uuid, uuid, text, text, jsonb, uuid, text, jsonb)"


class Migration(migrations.Migration):
    dependencies = (("wallet", "0005_seals_say_their_own_time"), ("core", "0003_lock_reference"),)

    operations = (
        Sql(
            "DROP FUNCTION IF EXISTS wallet_post(timestamptz, bytea, smallint, uuid, uuid, text, numeric, text, "
            "uuid, uuid, boolean, jsonb, text[], text[], numeric[], uuid[], text[], jsonb[])"
        ),
        SqlFile("wallet", "write", definer=(WRITE,)),
        SqlFile("wallet", "post", definer=(POST,), callers=("b2b_api", "b2b_jobs")),
        SqlFile("wallet", "roll_back", definer=(ROLL_BACK,), callers=("b2b_api", "b2b_jobs")),
    )
