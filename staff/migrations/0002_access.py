"""Who may do what with staff's proofs and links; what the database itself refuses; and less for the office."""

from django.db import migrations

from core.operations import GlobalTable, Sql, SqlFile

WRITE = "SELECT, INSERT, UPDATE"
ALL = "SELECT, INSERT, UPDATE, DELETE"
OFFICE_AND_JOBS = {"b2b_office": WRITE, "b2b_jobs": WRITE}


def trigger(name: str, when: str, table: str, function: str) -> Sql:
    return Sql(f'CREATE TRIGGER {name} {when} ON "{table}" FOR EACH ROW EXECUTE FUNCTION {function}()')


class Migration(migrations.Migration):
    dependencies = (
        ("staff", "0001_initial"),
        ("core", "0004_session_epoch"),
        ("axes", "0010_accessattemptexpiration"),
    )

    operations = (
        GlobalTable("staff", "StaffTotp", OFFICE_AND_JOBS),
        GlobalTable("staff", "StaffLink", OFFICE_AND_JOBS),
        GlobalTable("staff", "TotpReset", OFFICE_AND_JOBS),
        GlobalTable("staff", "Deputy", OFFICE_AND_JOBS),
        Sql(f"GRANT {ALL} ON axes_accessattempt, axes_accessattemptexpiration TO b2b_office, b2b_jobs"),
        # What a role may do is written in the code and seeded by the jobs; the office gives roles, no more.
        Sql("REVOKE INSERT, UPDATE, DELETE ON auth_group, auth_group_permissions, auth_permission FROM b2b_office"),
        Sql("REVOKE INSERT, UPDATE, DELETE ON core_staff_user_user_permissions FROM b2b_office"),
        SqlFile("staff", "session_epoch"),
        SqlFile("staff", "roles_apart"),
        SqlFile("staff", "reset_decided"),
        trigger("staff_changed", "BEFORE INSERT OR UPDATE", "core_staff_user", "staff_user_changed"),
        trigger(
            "rights_changed",
            "AFTER INSERT OR UPDATE OR DELETE",
            "core_staff_user_user_permissions",
            "staff_permission_changed",
        ),
        trigger("factor_changed", "AFTER INSERT OR UPDATE", "staff_stafftotp", "staff_factor_changed"),
        trigger(
            "roles_stay_apart",
            "AFTER INSERT OR UPDATE OR DELETE",
            "core_staff_user_groups",
            "staff_roles_changed",
        ),
        trigger("role_keeps_its_name", "BEFORE UPDATE OR DELETE", "auth_group", "staff_role_keeps_its_name"),
        trigger("reset_is_decided_once", "BEFORE UPDATE", "staff_totpreset", "staff_reset_decided"),
    )
