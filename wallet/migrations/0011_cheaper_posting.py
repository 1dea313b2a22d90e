"""The ledger's checks compare numerics with numerics, and a plain transfer writes the balance at once."""

from decimal import Decimal
from typing import Final

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.models import CheckConstraint, Q
from django.db.models.functions import Least
from django.db.models.lookups import GreaterThanOrEqual

from core.operations import SqlFile

POST = (
    "wallet_post(uuid, timestamptz, bytea, smallint, uuid, uuid, text, numeric, text, uuid, uuid, boolean, "
    "jsonb, text, text, uuid, text, jsonb)"
)
NOTHING: Final = Decimal("0.0")
CHECKS: Final = {
    ("balance", "only_the_house_may_overdraw"): Q(available__gte=NOTHING),
    ("balance", "stakes_in_play_are_never_negative"): Q(in_play__gte=NOTHING),
    ("balance", "a_debt_is_never_negative"): Q(debt__gte=NOTHING),
    ("balance", "a_player_in_debt_has_nothing_available"): Q(debt=NOTHING) | Q(available=NOTHING),
    ("journalentry", "an_entry_never_leaves_a_wallet_overdrawn"): GreaterThanOrEqual(
        Least("available", "in_play", "debt"), NOTHING
    ),
    ("transfer", "a_transfer_moves_something"): Q(amount__gt=NOTHING) & Q(amount__lt=10**20),
}


def replaced(model: str, name: str) -> tuple[Operation, Operation]:
    check = CheckConstraint(condition=CHECKS[model, name], name=name)
    return migrations.RemoveConstraint(model, name), AddConstraintNotValid(model, check)


class Migration(migrations.Migration):
    dependencies = (("wallet", "0010_plain_posting"),)

    operations = (
        *(operation for model, name in CHECKS for operation in replaced(model, name)),
        SqlFile("wallet", "post", definer=(POST,), callers=("b2b_api", "b2b_jobs")),
    )
