"""Letters to our own staff that compliance has stopped production, and that it goes on."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import core.ids
from core.operations import GlobalTable


class Migration(migrations.Migration):
    dependencies = (("partners", "0062_ended_gets_nothing"),)

    operations = (
        migrations.CreateModel(
            name="StopLetter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "occasion",
                    models.CharField(choices=[("stopped", "Stopped"), ("resumed", "Resumed")], max_length=8),
                ),
                ("entered_at", models.DateTimeField()),
                (
                    "recipients",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=254), default=list, size=None
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("sent", "Sent"), ("failed", "Failed")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("failure", models.TextField(blank=True)),
                (
                    "suspension",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="letters",
                        to="partners.compliancesuspension",
                    ),
                ),
            ],
            options={
                "verbose_name": "letter about a stop",
                "verbose_name_plural": "letters about stops",
                "ordering": ("-entered_at", "-id"),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "sent"), _negated=True),
                        fields=["entered_at"],
                        name="stop_letters_to_be_sent",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("suspension", "occasion"), name="a_stop_and_its_end_are_told_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("occasion__in", ["stopped", "resumed"])),
                        name="a_stop_letter_has_a_known_occasion",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["pending", "sent", "failed"])),
                        name="a_stop_letter_has_a_known_state",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("failure", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="a_failed_stop_letter_says_why",
                    ),
                ],
            },
        ),
        GlobalTable(
            "partners",
            "StopLetter",
            {
                "b2b_office": "SELECT, INSERT",
                "b2b_jobs": "SELECT, INSERT, UPDATE (recipients, failure, attempts, state, tried_at)",
            },
        ),
    )
