"""Events are read by type and in one call, and old ones are removed by one function alone."""

from django.db import migrations, models

from core.operations import Sql, SqlFile


class Migration(migrations.Migration):
    dependencies = (("core", "0008_facts"),)

    operations = (
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["tenant_id", "type", "sequence"], name="events_by_type"),
        ),
        SqlFile("core", "read_events"),
        Sql("GRANT SELECT, DELETE ON core_event TO b2b_ledger"),
        SqlFile("core", "guard_event"),
        Sql("DROP TRIGGER rows_are_only_added ON core_event"),
        Sql(
            "CREATE TRIGGER rows_are_only_added BEFORE UPDATE OR DELETE ON core_event "
            "FOR EACH ROW EXECUTE FUNCTION core_guard_event()"
        ),
        SqlFile(
            "core",
            "forget_events",
            definer=("core_forget_events(uuid, timestamptz, int)",),
            callers=("b2b_jobs",),
        ),
    )
