"""A tenant's own limit of requests lets somebody in; figures from before stay until they are changed."""

from django.db import migrations, models

from core.operations import Sql, SqlFile

OUTSIDE = "NEW.requests_per_minute NOT BETWEEN 1 AND 100000"
CHANGED = "NEW.requests_per_minute IS DISTINCT FROM OLD.requests_per_minute"


class Migration(migrations.Migration):
    dependencies = (("partners", "0070_entered_once"),)

    operations = (
        SqlFile("partners", "guard_requests"),
        Sql(
            "CREATE TRIGGER a_new_tenant_makes_requests BEFORE INSERT ON partners_tenant "
            f"FOR EACH ROW WHEN ({OUTSIDE}) EXECUTE FUNCTION partners_guard_requests()"
        ),
        Sql(
            "CREATE TRIGGER a_tenant_makes_requests BEFORE UPDATE OF requests_per_minute ON partners_tenant "
            f"FOR EACH ROW WHEN ({OUTSIDE} AND {CHANGED}) EXECUTE FUNCTION partners_guard_requests()"
        ),
        migrations.AlterField(
            "tenant",
            "requests_per_minute",
            models.PositiveIntegerField(
                null=True, blank=True, help_text="instead of the tier's 1,000 or 5,000: from 1 to 100,000"
            ),
        ),
    )
