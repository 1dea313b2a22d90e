"""Letters of compliance to a partner and to staff stand side by side, and licences that end have theirs."""

import django.db.models.deletion
from django.db import migrations, models

from core.operations import Together

LETTERS = (
    ("compliancereminder", "reminder", "partner"),
    ("kybreminder", "kyb_reminder", "staff"),
    ("stopletter", "stop_letter", "staff"),
)
ONCE = (
    ("compliancereminder", "a_document_has_one_reminder_for_each_distance"),
    ("kybreminder", "a_kyb_reminder_is_written_once"),
    ("stopletter", "a_stop_and_its_end_are_told_once"),
)


class Migration(migrations.Migration):
    dependencies = (("partners", "0074_side_by_side"),)

    operations = (
        Together(*(migrations.RemoveConstraint(model_name=model, name=name) for model, name in ONCE)),
        Together(
            *(
                migrations.AddField(
                    model_name=model,
                    name="audience",
                    field=models.CharField(
                        choices=[("staff", "Staff"), ("partner", "Partner")],
                        db_default=usual,
                        default=usual,
                        max_length=8,
                    ),
                )
                for model, _, usual in LETTERS
            ),
            migrations.AddField(
                model_name="kybreminder",
                name="licence",
                field=models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="reminders",
                    to="partners.licence",
                ),
            ),
            migrations.AlterField(
                model_name="compliancereminder", name="days", field=models.SmallIntegerField()
            ),
            migrations.AlterField(
                model_name="kybreminder",
                name="due_on",
                field=models.DateField(
                    help_text="of a licence the last day, else the day from which it holds no more"
                ),
            ),
            migrations.AlterField(
                model_name="kybreminder",
                name="what",
                field=models.CharField(
                    choices=[("screening", "Screening"), ("review", "Review"), ("licence", "Licence")],
                    max_length=12,
                ),
            ),
        ),
        Together(
            *(
                migrations.AddConstraint(
                    model_name=model,
                    constraint=models.CheckConstraint(
                        condition=models.Q(("audience__in", ["staff", "partner"])),
                        name=f"a_{what}_has_a_known_audience",
                    ),
                )
                for model, what, _ in LETTERS
            ),
            migrations.AddConstraint(
                model_name="compliancereminder",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("days", 0), _negated=True),
                    fields=("evidence", "days", "audience"),
                    name="a_document_has_one_reminder_for_each_distance",
                ),
            ),
            migrations.AddConstraint(
                model_name="compliancereminder",
                constraint=models.CheckConstraint(
                    condition=models.Q(("days__gte", -1)), name="a_reminder_has_a_known_distance"
                ),
            ),
            migrations.AddConstraint(
                model_name="kybreminder",
                constraint=models.UniqueConstraint(
                    fields=("partner", "what", "licence", "due_on", "days", "audience"),
                    name="a_kyb_reminder_is_written_once",
                    nulls_distinct=False,
                ),
            ),
            migrations.AddConstraint(
                model_name="kybreminder",
                constraint=models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("licence__isnull", False), ("what", "licence")),
                        models.Q(
                            models.Q(("what", "licence"), _negated=True),
                            ("audience", "staff"),
                            ("licence__isnull", True),
                        ),
                        _connector="OR",
                    ),
                    name="a_kyb_reminder_is_of_a_licence_or_for_staff",
                ),
            ),
            migrations.AddConstraint(
                model_name="stopletter",
                constraint=models.UniqueConstraint(
                    fields=("suspension", "occasion", "audience"), name="a_stop_and_its_end_are_told_once"
                ),
            ),
        ),
    )
