"""Who suspended a tenant, in which role; of those suspended now, as the trail says. Who may stop a partner.

What a move of onboarding or a watch of compliance suspended is in nobody's name.
"""

from django.db import migrations, models

from core.operations import Sql

STOPPED = """
UPDATE partners_tenant t SET suspended_by = a.actor, suspended_role = a.role
FROM (
    SELECT DISTINCT ON (r.object_id) r.object_id, r.actor, r.reason, coalesce((
        SELECT g.name FROM core_staff_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.staffuser_id = u.id AND g.name IN ('compliance', 'account_manager', 'risk')
        ORDER BY g.name <> 'compliance', g.name LIMIT 1), '') AS role
    FROM core_auditrecord r JOIN core_staff_user u ON u.username = r.actor
    WHERE r.object_type = 'partners.tenant' AND r.action = 'suspend tenant'
    ORDER BY r.object_id, r.occurred_at DESC, r.id DESC
) a
WHERE a.object_id = t.id::text AND t.status = 'suspended' AND a.reason NOT LIKE 'The partner is moved to %'
    AND NOT EXISTS (
        SELECT FROM partners_compliancesuspension s WHERE s.partner_id = t.partner_id AND s.lifted_at IS NULL)
"""


class Migration(migrations.Migration):
    dependencies = (("partners", "0060_planned_jurisdictions"),)

    operations = (
        migrations.AlterModelOptions(
            "partner",
            {
                "ordering": ("name",),
                "permissions": (
                    ("view_as_partner", "Can see what a partner's API shows"),
                    ("stop_partner", "Can suspend and resume partners and tenants"),
                ),
            },
        ),
        migrations.AddField(
            "tenant",
            "suspended_by",
            models.CharField(
                blank=True,
                default="",
                db_default="",
                editable=False,
                help_text="who suspended it; empty where the platform did",
                max_length=150,
            ),
        ),
        migrations.AddField(
            "tenant",
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
        Sql(STOPPED),
        migrations.AddConstraint(
            "tenant",
            models.CheckConstraint(
                condition=models.Q(("status", "suspended"))
                | models.Q(("suspended_by", ""), ("suspended_role", "")),
                name="an_active_tenant_is_suspended_by_nobody",
            ),
        ),
    )
