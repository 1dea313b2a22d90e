"""Rows from before are held to the checks as well, without keeping writers out meanwhile."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("wallet", "0011_cheaper_posting"),)

    operations = (
        ValidateConstraint("balance", "only_the_house_may_overdraw"),
        ValidateConstraint("balance", "stakes_in_play_are_never_negative"),
        ValidateConstraint("balance", "a_debt_is_never_negative"),
        ValidateConstraint("balance", "a_player_in_debt_has_nothing_available"),
        ValidateConstraint("journalentry", "an_entry_never_leaves_a_wallet_overdrawn"),
        ValidateConstraint("transfer", "a_transfer_moves_something"),
    )
