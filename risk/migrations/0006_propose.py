"""Whoever may ask for a higher limit need not be able to set one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("risk", "0005_history"),)

    operations = (
        migrations.AlterModelOptions(
            name="limit",
            options={
                "ordering": ("kind", "vip"),
                "permissions": (("propose_limit", "Can ask for a higher limit"),),
            },
        ),
    )
