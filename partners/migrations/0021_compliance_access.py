"""Who may do what with documents, and what keeps them honest.

The API process hands documents in and reads its own partner's; every verdict is the office's or the jobs'.
"""

from django.db import migrations

from core.operations import GlobalTable, SqlFile, TenantTable

READ = "SELECT"
DECIDE = "SELECT, INSERT, UPDATE (status, decided_by, decided_at, reopened_at, note)"


class Migration(migrations.Migration):
    dependencies = (("partners", "0020_compliance"),)

    operations = (
        GlobalTable(
            "partners",
            "ComplianceRequirement",
            {
                "b2b_api": READ,
                "b2b_office": "SELECT, INSERT, UPDATE",
                "b2b_jobs": "SELECT, INSERT, UPDATE",
            },
        ),
        TenantTable(
            "partners",
            "EvidenceFile",
            {"b2b_api": "SELECT, INSERT", "b2b_office": DECIDE, "b2b_jobs": DECIDE},
            tenant_column="(SELECT t.id FROM partners_tenant t WHERE t.partner_id = partners_evidencefile.partner_id)",
        ),
        GlobalTable(
            "partners",
            "ComplianceReminder",
            {
                "b2b_office": "SELECT, INSERT",
                "b2b_jobs": "SELECT, INSERT, UPDATE (state, recipients, attempts, tried_at, failure)",
            },
        ),
        GlobalTable(
            "partners",
            "ComplianceSuspension",
            {
                "b2b_office": "SELECT, INSERT, UPDATE (lifted_at)",
                "b2b_jobs": "SELECT, INSERT, UPDATE (lifted_at)",
            },
        ),
        SqlFile("partners", "guard_evidence"),
        SqlFile("partners", "note_evidence"),
        SqlFile("partners", "jurisdictions"),
    )
