"""An audit record names its transaction, as each row change does: what was meant, beside what was changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("core", "0006_row_changes"),)

    operations = (
        migrations.AddField(
            model_name="auditrecord",
            name="transaction_id",
            field=models.BigIntegerField(help_text="of the row changes that it tells of", null=True),
        ),
    )
