"""Why a letter failed is kept as all letters keep it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("approvals", "0010_titles"),)

    operations = (
        migrations.AlterField(
            model_name="approvalletter", name="failure", field=models.TextField(blank=True)
        ),
    )
