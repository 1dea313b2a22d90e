"""Notices are kept as all letters are: one that is overtaken can be dropped."""

from django.db import migrations, models

from core.operations import Together

STATES = ("pending", "sent", "failed", "dropped")


class Migration(migrations.Migration):
    dependencies = (("webhooks", "0006_held_endpoints"),)

    operations = (
        Together(
            migrations.RemoveConstraint(model_name="notice", name="a_notice_has_a_known_state"),
            migrations.RemoveIndex(model_name="notice", name="notices_to_be_sent"),
        ),
        Together(
            migrations.AlterField(
                model_name="notice", name="failure", field=models.TextField(blank=True)
            ),
            migrations.AlterField(
                model_name="notice",
                name="state",
                field=models.CharField(
                    choices=[(state, state.capitalize()) for state in STATES], default="pending", max_length=8
                ),
            ),
            migrations.AlterField(
                model_name="notice", name="tried_at", field=models.DateTimeField(blank=True, null=True)
            ),
            migrations.AddIndex(
                model_name="notice",
                index=models.Index(
                    condition=models.Q(("state__in", ("pending", "failed"))),
                    fields=["entered_at"],
                    name="notices_to_be_sent",
                ),
            ),
            migrations.AddConstraint(
                model_name="notice",
                constraint=models.CheckConstraint(
                    condition=models.Q(("state__in", list(STATES))), name="a_notice_has_a_known_state"
                ),
            ),
        ),
    )
