"""What the API process reads to let a client in, and the one thing it notes about it.

`partners_access()` belongs to `b2b_owner`, whose policy shows every tenant: the API process asks before it knows
which tenant a request is for. It returns no secret, and is the only way past the tenants' policies.
"""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("partners", "0003_rates"),)

    operations = (
        SqlFile("partners", "access"),
        Sql("GRANT UPDATE (last_used_at) ON partners_apiclient TO b2b_api"),
    )
