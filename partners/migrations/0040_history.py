"""Row history of what people change here (`core.operations.HistoryOf`)."""

from django.db import migrations

from core.operations import HistoryOf

OWN = "($1 ->> 'partner_id')::uuid"
TENANTS_PARTNER = "(SELECT partner_id FROM partners_tenant WHERE id = ($1 ->> 'tenant_id')::uuid)"
CLIENTS_PARTNER = (
    "(SELECT t.partner_id FROM partners_apiclient c JOIN partners_tenant t ON t.id = c.tenant_id "
    "WHERE c.id = ($1 ->> 'client_id')::uuid)"
)


class Migration(migrations.Migration):
    dependencies = (("partners", "0031_reveal"), ("core", "0006_row_changes"))

    operations = (
        HistoryOf("partners", "Partner", partner="($1 ->> 'id')::uuid"),
        HistoryOf("partners", "Tenant", partner=OWN),
        HistoryOf("partners", "TenantCurrency", partner=TENANTS_PARTNER, key="tenant_id"),
        HistoryOf(
            "partners",
            "ApiClient",
            partner=TENANTS_PARTNER,
            hidden=("client_secret",),
            ignored=("last_used_at", "updated"),
        ),
        HistoryOf("partners", "ClientSecret", partner=CLIENTS_PARTNER, key="client_id", hidden=("digest",)),
        HistoryOf("partners", "ExchangeRate"),
        HistoryOf("partners", "Company", partner=OWN, key="partner_id", ignored=("updated_at",)),
        HistoryOf("partners", "Licence", partner=OWN),
        HistoryOf("partners", "BeneficialOwner", partner=OWN),
        HistoryOf("partners", "Contact", partner=OWN),
        HistoryOf("partners", "Note", partner=OWN),
        HistoryOf("partners", "ComplianceArea", partner=OWN),
        HistoryOf("partners", "Certification", partner=OWN),
        HistoryOf("partners", "EvidenceFile", partner=OWN),
        HistoryOf("partners", "ComplianceSuspension", partner=OWN),
        HistoryOf("partners", "ComplianceRequirement"),
    )
