"""Each attempt says to which URL it went."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("webhooks", "0004_notices_access"),)

    operations = (
        migrations.AddField(
            model_name="attempt",
            name="url",
            field=models.CharField(
                "URL", max_length=2000, default="", db_default="", help_text="where it was sent"
            ),
        ),
    )
