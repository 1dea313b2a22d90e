"""A company's account has a table of its own since `0047_kyb_access`, which took it over."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("partners", "0047_kyb_access"),)

    operations = (
        migrations.RemoveConstraint(
            model_name='company',
            name='an_iban_is_written_without_spaces',
        ),
        migrations.RemoveConstraint(
            model_name='company',
            name='a_bic_has_8_or_11_characters',
        ),
        migrations.RemoveConstraint(
            model_name='company',
            name='a_bank_account_has_iban_and_bic',
        ),
        migrations.RemoveField(
            model_name='company',
            name='bic',
        ),
        migrations.RemoveField(
            model_name='company',
            name='iban',
        ),
    )
