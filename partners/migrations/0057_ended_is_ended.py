"""A partner that has ended has no tenant that is let in; production does not admit nearly everybody's addresses.

Test tenants of partners that have ended are suspended, where one was let in again.
"""

from django.db import migrations

from core.operations import Sql, SqlFile

SHUT_OUT = """
UPDATE partners_tenant t SET status = 'suspended'
FROM partners_partner p
WHERE p.id = t.partner_id AND p.stage IN ('declined', 'terminated') AND t.status = 'active'
"""


class Migration(migrations.Migration):
    dependencies = (("partners", "0056_widening"),)

    operations = (
        Sql(SHUT_OUT),
        SqlFile("partners", "guard_production"),
        SqlFile("partners", "guard_stage"),
    )
