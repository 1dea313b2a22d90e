"""Seals of the ledger are called so wherever they are named."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("wallet", "0012_cheaper_posting_validated"),)

    operations = (
        migrations.AlterModelOptions(
            name="seal",
            options={"verbose_name": "seal of the ledger", "verbose_name_plural": "seals of the ledger"},
        ),
    )
