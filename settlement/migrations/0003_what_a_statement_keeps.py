"""A statement keeps its plan, its parties and its fixtures' names; only a draft of it can be written to."""

from django.db import migrations, models

from core.operations import Sql, SqlFile, Together

TABLES = ("settlement_statement", "settlement_statementline", "settlement_statementcharge")


class Migration(migrations.Migration):
    dependencies = (("core", "0002_access"), ("partners", "0002_access"), ("settlement", "0002_access"))

    operations = (
        Together(
            migrations.AddField(
                model_name="statement",
                name="plan",
                field=models.JSONField(
                    default=dict, help_text="the plan's versions of the month, as they were when drafted"
                ),
            ),
            migrations.AddField(
                model_name="statement",
                name="parties",
                field=models.JSONField(
                    default=dict, help_text="names, addresses and VAT numbers of both, as they were"
                ),
            ),
            migrations.AddField(
                model_name="statementline",
                name="competition",
                field=models.CharField(blank=True, default="", max_length=120),
            ),
            migrations.AddField(
                model_name="statementline",
                name="home",
                field=models.CharField(blank=True, default="", max_length=80),
            ),
            migrations.AddField(
                model_name="statementline",
                name="away",
                field=models.CharField(blank=True, default="", max_length=80),
            ),
            migrations.AddField(
                model_name="statementline", name="starts_at", field=models.DateTimeField(null=True)
            ),
        ),
        migrations.AlterField(
            model_name="statementcharge",
            name="conversion_source",
            field=models.CharField(
                max_length=160, help_text="both sources where the way is by a third currency"
            ),
        ),
        migrations.AddConstraint(
            model_name="statement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("issued_at__isnull", False),
                        ("status__in", ("issued", "paid", "disputed", "corrected")),
                    ),
                    models.Q(
                        ("status__in", ("draft", "calculated", "in_review", "approved")),
                        ("issued_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="an_issued_statement_says_when",
            ),
        ),
        SqlFile("settlement", "guard_statement"),
        SqlFile("settlement", "guard_statement_part"),
        Sql(
            "CREATE TRIGGER only_a_draft_changes BEFORE UPDATE OR DELETE ON settlement_statement "
            "FOR EACH ROW EXECUTE FUNCTION settlement_guard_statement()"
        ),
        Sql(
            "CREATE TRIGGER only_a_draft_changes BEFORE INSERT OR UPDATE OR DELETE ON settlement_statementline "
            "FOR EACH ROW EXECUTE FUNCTION settlement_guard_statement_part()"
        ),
        Sql(
            "CREATE TRIGGER only_a_draft_changes BEFORE INSERT OR UPDATE OR DELETE ON settlement_statementcharge "
            "FOR EACH ROW EXECUTE FUNCTION settlement_guard_statement_part()"
        ),
        *(
            Sql(
                f"CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()"
            )
            for table in TABLES
        ),
    )
