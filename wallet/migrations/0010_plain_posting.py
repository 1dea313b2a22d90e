"""One transfer between a player and the house is posted by plain statements."""

from django.db import migrations

from core.operations import SqlFile

POST = (
    "wallet_post(uuid, timestamptz, bytea, smallint, uuid, uuid, text, numeric, text, uuid, uuid, boolean, "
    "jsonb, text, text, uuid, text, jsonb)"
)
WRITE = (
    "wallet_write(timestamptz, uuid[], uuid[], text[], numeric[], text[], uuid[], uuid[], boolean[], "
    "int[], text[], text[], numeric[], int[], uuid[], text[], jsonb[])"
)


class Migration(migrations.Migration):
    dependencies = (("wallet", "0009_erasure"),)

    operations = (
        SqlFile("wallet", "announced"),
        SqlFile("wallet", "write", definer=(WRITE,)),
        SqlFile("wallet", "post", definer=(POST,), callers=("b2b_api", "b2b_jobs")),
    )
