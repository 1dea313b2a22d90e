"""Rollbacks, the lock of a wallet, and the promises of a snapshot that the balance alone made until now."""

from django.db import migrations, models
from django.db.models import Q

from core.operations import SqlFile

POST = (
    "wallet_post(uuid, timestamptz, bytea, smallint, uuid, uuid, text, numeric, text, uuid, uuid, boolean, "
    "jsonb, text, text, uuid, text, jsonb)"
)


class Migration(migrations.Migration):
    dependencies = (("wallet", "0002_access"),)

    operations = (
        migrations.AddConstraint(
            "balance",
            models.CheckConstraint(
                condition=Q(debt=0) | Q(available=0), name="a_player_in_debt_has_nothing_available"
            ),
        ),
        migrations.AddConstraint(
            "journalentry",
            models.CheckConstraint(
                condition=Q(available__gte=0) & Q(in_play__gte=0) & Q(debt__gte=0),
                name="an_entry_never_leaves_a_wallet_overdrawn",
            ),
        ),
        SqlFile("wallet", "post", definer=(POST,), callers=("b2b_api", "b2b_jobs")),
        SqlFile(
            "wallet",
            "roll_back",
            definer=(
                "wallet_roll_back(timestamptz, bytea, uuid, uuid, text, text, jsonb, uuid, text, jsonb)",
            ),
            callers=("b2b_api", "b2b_jobs"),
        ),
        SqlFile(
            "wallet",
            "lock_wallet",
            definer=("wallet_lock_wallet(uuid)",),
            callers=("b2b_api", "b2b_office", "b2b_jobs"),
        ),
    )
