"""A balance is of its player's tenant, and in its account's currency. Checked when it is made: a posting changes
neither column.
"""

from django.db import migrations

from core.tenancy import SameTenant


class Migration(migrations.Migration):
    dependencies = (("wallet", "0003_rollbacks_and_locks"),)

    operations = (
        migrations.AddConstraint(
            "balance", SameTenant(field="player", name="a_balance_and_its_player_share_a_tenant")
        ),
        migrations.AddConstraint(
            "balance",
            SameTenant(
                field="account",
                name="a_balance_has_its_accounts_currency",
                also=(("currency", "currency_id"),),
            ),
        ),
    )
