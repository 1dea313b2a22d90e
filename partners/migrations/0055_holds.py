"""Who suspended or paused a partner, in which role; of those suspended now, as the trail says."""

from django.db import migrations, models

from core.operations import Sql

STOPPED = """
UPDATE partners_partner p SET suspended_by = a.actor, suspended_role = a.role
FROM (
    SELECT DISTINCT ON (r.object_id) r.object_id, r.actor, coalesce((
        SELECT g.name FROM core_staff_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.staffuser_id = u.id AND g.name IN ('compliance', 'account_manager', 'risk')
        ORDER BY g.name <> 'compliance', g.name LIMIT 1), '') AS role
    FROM core_auditrecord r JOIN core_staff_user u ON u.username = r.actor
    WHERE r.object_type = 'partners.partner' AND r.action = 'suspend partner'
    ORDER BY r.object_id, r.occurred_at DESC, r.id DESC
) a
WHERE a.object_id = p.id::text AND p.status = 'suspended'
"""


class Migration(migrations.Migration):
    dependencies = (("partners", "0054_production_goes_on"),)

    operations = (
        migrations.AddField(
            "partner",
            "suspended_by",
            models.CharField(blank=True, default="", db_default="", editable=False, max_length=150),
        ),
        migrations.AddField(
            "partner",
            "suspended_role",
            models.CharField(
                blank=True,
                default="",
                db_default="",
                editable=False,
                help_text="in which role it was suspended; what compliance or risk suspended, they alone resume",
                max_length=32,
            ),
        ),
        migrations.AddField(
            "onboardingmove",
            "moved_by_role",
            models.CharField(
                blank=True,
                default="",
                db_default="",
                help_text="a pause of compliance or risk, they alone end",
                max_length=32,
            ),
        ),
        Sql(STOPPED),
        migrations.AddConstraint(
            "partner",
            models.CheckConstraint(
                condition=models.Q(("status", "suspended"))
                | models.Q(("suspended_by", ""), ("suspended_role", "")),
                name="an_active_partner_is_suspended_by_nobody",
            ),
        ),
    )
