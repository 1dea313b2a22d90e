"""What staff have disabled, no partner lets go on."""

from django.db import migrations

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("webhooks", "0005_attempt_url"),)

    operations = (
        SqlFile("webhooks", "guard_endpoint"),
        Sql(
            "CREATE TRIGGER what_staff_disabled_stays BEFORE UPDATE OF status, disabled_reason ON webhooks_endpoint "
            "FOR EACH ROW WHEN (OLD.disabled_reason = 'staff' AND NEW.disabled_reason <> 'staff') "
            "EXECUTE FUNCTION webhooks_guard_endpoint()"
        ),
    )
