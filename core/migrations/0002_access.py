"""Who may do what with the rows that every app stands on, and with Django's own."""

from django.db import migrations

from core.operations import AppendOnly, GlobalTable, Sql, SqlFile, TenantTable

READ, WRITE = "SELECT", "SELECT, INSERT, UPDATE"
ALL = "SELECT, INSERT, UPDATE, DELETE"


class Migration(migrations.Migration):
    dependencies = (
        ("core", "0001_initial"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
    )

    operations = (
        SqlFile("core", "refuse_change"),
        SqlFile("core", "uuid7"),
        SqlFile("core", "take_references"),
        Sql("GRANT SELECT ON django_migrations TO b2b_api, b2b_office, b2b_jobs"),
        Sql("GRANT SELECT ON django_content_type TO b2b_api, b2b_office, b2b_jobs"),
        Sql(f"GRANT {ALL} ON auth_group, auth_group_permissions, auth_permission TO b2b_office, b2b_jobs"),
        Sql(
            f"GRANT {ALL} ON core_staff_user_groups, core_staff_user_user_permissions TO b2b_office, b2b_jobs"
        ),
        Sql(f"GRANT {ALL} ON django_session TO b2b_office, b2b_jobs"),
        Sql("GRANT SELECT, INSERT ON django_admin_log TO b2b_office"),
        GlobalTable("core", "StaffUser", {"b2b_office": WRITE, "b2b_jobs": WRITE}),
        GlobalTable(
            "core", "Currency", {"b2b_api": READ, "b2b_ledger": READ, "b2b_office": WRITE, "b2b_jobs": WRITE}
        ),
        GlobalTable(
            "core",
            "AuditRecord",
            {"b2b_api": "INSERT", "b2b_office": "SELECT, INSERT", "b2b_jobs": "SELECT, INSERT"},
        ),
        AppendOnly("core", "AuditRecord"),
        TenantTable(
            "core",
            "Reference",
            {
                "b2b_api": "SELECT, INSERT",
                "b2b_ledger": "SELECT, INSERT",
                "b2b_office": READ,
                "b2b_jobs": READ,
            },
        ),
        AppendOnly("core", "Reference"),
        TenantTable("core", "IdempotencyKey", {"b2b_api": ALL, "b2b_jobs": "SELECT, DELETE"}),
        TenantTable(
            "core",
            "Outbox",
            {
                "b2b_api": "INSERT",
                "b2b_ledger": "INSERT",
                "b2b_office": "INSERT",
                "b2b_jobs": "SELECT, INSERT, DELETE",
            },
        ),
        TenantTable("core", "Event", {"b2b_api": READ, "b2b_office": READ, "b2b_jobs": "SELECT, INSERT"}),
        AppendOnly("core", "Event"),
    )
