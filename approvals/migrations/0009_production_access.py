"""Production gets more scopes or networks by two people."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("approvals", "0008_bank_accounts"),)

    operations = (
        migrations.AlterModelOptions(
            name="approvalrequest",
            options={
                "ordering": ("-id",),
                "permissions": (('decide_production_credentials', 'Can approve production credentials'), ('decide_production_access', 'Can approve more access to production'), ('decide_bank_account', "Can approve partners' bank accounts"), ('decide_limit_raise', 'Can approve higher limits'), ('decide_payout_address', 'Can approve payout addresses'), ('decide_statement', 'Can approve statements'), ('decide_resettlement', 'Can approve resettlements'), ('decide_adjustment', 'Can approve adjustments'), ('decide_rate_change', 'Can approve commission rates'), ('decide_exchange_rate', 'Can approve exchange rates'), ('decide_role_grant', 'Can approve role grants'), ('decide_ramp_step', 'Can approve ramp steps')),
            },
        ),
    )
