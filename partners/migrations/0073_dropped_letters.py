"""A letter that is overtaken before it is sent is dropped."""

from django.db import migrations, models

from core.operations import Together

STATES = ("pending", "sent", "failed", "dropped")
LETTERS = (("compliancereminder", "reminder"), ("kybreminder", "kyb_reminder"), ("stopletter", "stop_letter"))
INDEXES = (
    ("compliancereminder", "asked_at", "reminders_to_be_sent"),
    ("stopletter", "entered_at", "stop_letters_to_be_sent"),
)


class Migration(migrations.Migration):
    dependencies = (("partners", "0072_production_stages"),)

    operations = (
        Together(
            *(
                migrations.RemoveConstraint(model_name=model, name=f"a_{what}_has_a_known_state")
                for model, what in LETTERS
            ),
            *(migrations.RemoveIndex(model_name=model, name=name) for model, _, name in INDEXES),
        ),
        Together(
            *(
                migrations.AlterField(
                    model_name=model,
                    name="state",
                    field=models.CharField(
                        choices=[(state, state.capitalize()) for state in STATES],
                        default="pending",
                        max_length=8,
                    ),
                )
                for model, _ in LETTERS
            ),
            *(
                migrations.AddConstraint(
                    model_name=model,
                    constraint=models.CheckConstraint(
                        condition=models.Q(("state__in", list(STATES))), name=f"a_{what}_has_a_known_state"
                    ),
                )
                for model, what in LETTERS
            ),
            *(
                migrations.AddIndex(
                    model_name=model,
                    index=models.Index(
                        condition=models.Q(("state__in", ("pending", "failed"))), fields=[column], name=name
                    ),
                )
                for model, column, name in INDEXES
            ),
            migrations.AlterField(
                model_name="partner",
                name="suspended_by",
                field=models.CharField(
                    blank=True,
                    db_default="",
                    default="",
                    editable=False,
                    help_text="who suspended it; empty where the platform did",
                    max_length=150,
                ),
            ),
        ),
    )
