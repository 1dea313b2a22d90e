"""What came of each check of a chain is kept, and seals are called alike wherever they are named."""

import django.contrib.postgres.fields
from django.db import migrations, models

import core.ids
from core.operations import GlobalTable


class Migration(migrations.Migration):
    dependencies = (("core", "0015_cheaper_check_validated"),)

    operations = (
        migrations.AlterModelOptions(
            name="trailseal",
            options={"verbose_name": "seal of the trail", "verbose_name_plural": "seals of the trail"},
        ),
        migrations.CreateModel(
            name="Verification",
            fields=[
                (
                    "id",
                    models.UUIDField(default=core.ids.uuid7, editable=False, primary_key=True, serialize=False),
                ),
                ("chain", models.CharField(max_length=16)),
                ("verified_at", models.DateTimeField()),
                ("summary", models.CharField(max_length=300)),
                ("fault_count", models.PositiveIntegerField()),
                (
                    "faults",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        default=list,
                        help_text="the first hundred",
                        size=None,
                    ),
                ),
            ],
            options={
                "verbose_name": "verification of history",
                "verbose_name_plural": "verifications of history",
                "ordering": ("-id",),
                "indexes": [models.Index(fields=("chain", "-verified_at"), name="verifications_of_a_chain")],
                "constraints": (
                    models.CheckConstraint(
                        condition=models.Q(fault_count=0, faults__len=0)
                        | models.Q(fault_count__gt=0, faults__len__gt=0),
                        name="a_verification_names_its_faults",
                    ),
                ),
            },
        ),
        GlobalTable("core", "Verification", {"b2b_office": "SELECT", "b2b_jobs": "SELECT, INSERT"}),
    )
