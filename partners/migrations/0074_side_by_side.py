"""Each role suspends partners and tenants for itself, and so does the platform; of those suspended now, as they are.

A production tenant that compliance has stopped keeps that beside what a person made of it.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

from core.operations import Sql, Together

KEPT = """
UPDATE partners_{table} SET held_by =
    ARRAY[CASE WHEN suspended_by = '' THEN ':' ELSE suspended_role || ':' || suspended_by END]
WHERE status = 'suspended'
"""
BESIDE = """
UPDATE partners_tenant t SET held_by = ARRAY[':']::varchar[] || t.held_by
WHERE t.kind = 'production' AND t.status = 'suspended' AND NOT ':' = ANY (t.held_by) AND EXISTS (
    SELECT FROM partners_compliancesuspension s WHERE s.partner_id = t.partner_id AND s.lifted_at IS NULL)
"""
SETTINGS = "allowed_ips, requests_per_minute, odds_threshold, status, held_by, ramp_percent"
TABLES = (("partner", "an_active_partner"), ("tenant", "an_active_tenant"))


class Migration(migrations.Migration):
    dependencies = (("partners", "0073_dropped_letters"),)

    operations = (
        Together(
            *(
                migrations.AddField(
                    table,
                    "held_by",
                    django.contrib.postgres.fields.ArrayField(
                        models.CharField(max_length=183),
                        verbose_name="suspended by (: is the platform)",
                        default=list,
                        db_default=[],
                        editable=False,
                        help_text="suspensions, as role:username, or : where the platform made it; "
                        "each is lifted by itself",
                        size=None,
                    ),
                )
                for table, _ in TABLES
            ),
            *(migrations.RemoveConstraint(table, f"{active}_is_suspended_by_nobody") for table, active in TABLES),
        ),
        *(Sql(KEPT.format(table=table)) for table, _ in TABLES),
        Sql(BESIDE),
        Together(
            *(
                migrations.AddConstraint(
                    table,
                    models.CheckConstraint(
                        condition=models.Q(status="suspended", held_by__len__gt=0)
                        | models.Q(status="active", held_by__len=0),
                        name=f"a_{table}_is_suspended_while_somebody_suspends_it",
                    ),
                )
                for table, _ in TABLES
            ),
        ),
        Sql(
            f"CREATE OR REPLACE TRIGGER what_has_ended_stays BEFORE INSERT OR UPDATE OF {SETTINGS} "
            "ON partners_tenant FOR EACH ROW EXECUTE FUNCTION partners_guard_ended()"
        ),
        Together(
            *(
                migrations.RemoveField(table, column)
                for table, _ in TABLES
                for column in ("suspended_by", "suspended_role")
            ),
        ),
    )
