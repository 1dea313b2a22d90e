"""Who may do what with onboarding, and what the database itself refuses."""

from django.db import migrations

from core.operations import AppendOnly, GlobalTable, Sql, SqlFile, TenantTable

READ, ADD, WRITE = "SELECT", "SELECT, INSERT", "SELECT, INSERT, UPDATE"
STAFF = {"b2b_office": WRITE, "b2b_jobs": WRITE}


def _mine(table: str) -> str:
    return f"(SELECT t.id FROM partners_tenant t WHERE t.partner_id = {table}.partner_id)"


def _trigger(name: str, when: str, table: str, function: str) -> Sql:
    return Sql(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")


class Migration(migrations.Migration):
    dependencies = (("partners", "0010_onboarding"), ("core", "0002_access"))

    operations = (
        GlobalTable("partners", "Company", STAFF),
        GlobalTable("partners", "Licence", STAFF),
        GlobalTable("partners", "BeneficialOwner", STAFF),
        GlobalTable("partners", "Contact", STAFF),
        GlobalTable("partners", "Note", {"b2b_office": ADD, "b2b_jobs": ADD}),
        GlobalTable(
            "partners", "OnboardingTransition", {"b2b_api": READ, "b2b_office": READ, "b2b_jobs": READ}
        ),
        GlobalTable("partners", "OnboardingMove", {"b2b_office": ADD, "b2b_jobs": ADD}),
        TenantTable(
            "partners",
            "ComplianceArea",
            {"b2b_api": READ, **STAFF},
            tenant_column=_mine("partners_compliancearea"),
        ),
        TenantTable(
            "partners",
            "Certification",
            {"b2b_api": READ, **STAFF},
            tenant_column=_mine("partners_certification"),
        ),
        AppendOnly("partners", "Note"),
        AppendOnly("partners", "OnboardingMove"),
        SqlFile("partners", "compliance_is_complete"),
        SqlFile("partners", "onboarding_facts"),
        SqlFile("partners", "guard_stage"),
        SqlFile("partners", "guard_production"),
        SqlFile("partners", "guard_company"),
        _trigger("a_move_is_allowed", "BEFORE INSERT", "partners_onboardingmove", "partners_check_move"),
        _trigger(
            "a_move_takes_the_partner_along", "AFTER INSERT", "partners_onboardingmove", "partners_apply_move"
        ),
        _trigger(
            "a_stage_changes_by_a_move", "BEFORE INSERT OR UPDATE", "partners_partner", "partners_guard_stage"
        ),
        _trigger(
            "a_stopped_partner_has_no_production",
            "BEFORE INSERT OR UPDATE",
            "partners_tenant",
            "partners_guard_tenant",
        ),
        _trigger(
            "production_clients_wait_for_deployment",
            "BEFORE INSERT OR UPDATE OF tenant_id",
            "partners_apiclient",
            "partners_guard_production_client",
        ),
        _trigger(
            "production_secrets_wait_for_deployment",
            "BEFORE INSERT OR UPDATE OF client_id, revoked_at",
            "partners_clientsecret",
            "partners_guard_production_secret",
        ),
        _trigger(
            "shares_are_at_most_the_whole",
            "AFTER INSERT OR UPDATE",
            "partners_beneficialowner",
            "partners_guard_shares",
        ),
        _trigger(
            "a_certification_stays_as_signed",
            "BEFORE INSERT OR UPDATE OR DELETE",
            "partners_certification",
            "partners_guard_certification",
        ),
    )
