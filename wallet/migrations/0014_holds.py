"""Partner and platform suspend a player each for themselves; of those suspended now, as the trail says."""

import django.contrib.postgres.fields
from django.db import migrations, models

from core.operations import HistoryOf, Sql

TENANTS_PARTNER = "(SELECT partner_id FROM partners_tenant WHERE id = ($1 ->> 'tenant_id')::uuid)"
BY_STAFF = """
UPDATE wallet_player p SET held_by = ARRAY[a.role || ':' || a.actor]
FROM (
    SELECT DISTINCT ON (r.object_id) r.object_id, r.actor, u.id AS staff, coalesce((
        SELECT g.name FROM core_staff_user_groups m JOIN auth_group g ON g.id = m.group_id
        WHERE m.staffuser_id = u.id AND g.name IN ('compliance', 'account_manager', 'risk')
        ORDER BY g.name <> 'compliance', g.name LIMIT 1), '') AS role
    FROM core_auditrecord r LEFT JOIN core_staff_user u ON u.username = r.actor
    WHERE r.object_type = 'wallet.player' AND r.after ->> 'status' = 'suspended'
    ORDER BY r.object_id, r.occurred_at DESC, r.id DESC
) a
WHERE a.object_id = p.id::text AND p.status = 'suspended' AND a.staff IS NOT NULL
"""
BY_PARTNER = "UPDATE wallet_player SET suspended_by_partner = true WHERE status = 'suspended' AND held_by = '{}'"
PLATFORMS = "held_by, suspended_by_partner"


class Migration(migrations.Migration):
    dependencies = (("wallet", "0013_seals_named"), ("core", "0006_row_changes"))

    operations = (
        migrations.AddField(
            "player",
            "suspended_by_partner",
            models.BooleanField(default=False, db_default=False, editable=False),
        ),
        migrations.AddField(
            "player",
            "held_by",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=183),
                default=list,
                db_default=[],
                editable=False,
                help_text="suspensions by the platform, as role:username; each is lifted by itself",
                size=None,
            ),
        ),
        Sql(BY_STAFF),
        Sql(BY_PARTNER),
        migrations.AddConstraint(
            "player",
            models.CheckConstraint(
                condition=models.Q(status="closed")
                | (
                    models.Q(status="suspended")
                    & (models.Q(suspended_by_partner=True) | models.Q(held_by__len__gt=0))
                )
                | models.Q(status="active", suspended_by_partner=False, held_by__len=0),
                name="a_player_is_suspended_while_somebody_suspends_it",
            ),
        ),
        Sql("GRANT UPDATE (suspended_by_partner) ON wallet_player TO b2b_api"),
        Sql(f"GRANT UPDATE ({PLATFORMS}) ON wallet_player TO b2b_office"),
        Sql(f"GRANT UPDATE ({PLATFORMS}) ON wallet_player TO b2b_jobs"),
        HistoryOf(
            "wallet",
            "Player",
            partner=TENANTS_PARTNER,
            only=("status", "suspended_by_partner", "held_by", "kyc_status", "vip"),
        ),
    )
