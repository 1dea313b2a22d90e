"""Who may do what with requests for approval; what may become of one; and that none is removed."""

from django.db import migrations

from core.operations import AppendOnly, GlobalTable, Sql, SqlFile

REQUEST = "approvals_approvalrequest"


class Migration(migrations.Migration):
    dependencies = (("approvals", "0001_initial"), ("core", "0002_access"))

    operations = (
        GlobalTable(
            "approvals",
            "ApprovalRequest",
            {"b2b_office": "SELECT, INSERT, UPDATE", "b2b_jobs": "SELECT, UPDATE"},
        ),
        GlobalTable("approvals", "ApprovalRevision", {"b2b_office": "SELECT, INSERT", "b2b_jobs": "SELECT"}),
        SqlFile("approvals", "guard_request"),
        Sql(
            f"CREATE TRIGGER a_request_is_guarded BEFORE INSERT OR UPDATE ON {REQUEST} "
            "FOR EACH ROW EXECUTE FUNCTION approvals_guard_request()"
        ),
        Sql(
            f"CREATE TRIGGER a_revision_is_kept AFTER INSERT OR UPDATE ON {REQUEST} "
            "FOR EACH ROW EXECUTE FUNCTION approvals_keep_revision()"
        ),
        Sql(
            f"CREATE TRIGGER a_request_is_never_removed BEFORE DELETE OR TRUNCATE ON {REQUEST} "
            "FOR EACH STATEMENT EXECUTE FUNCTION approvals_refuse_removal()"
        ),
        AppendOnly("approvals", "ApprovalRevision"),
    )
