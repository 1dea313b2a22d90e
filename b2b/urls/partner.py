"""The partner's page: each app's tabs at their addresses, the forms behind them, the view as partner."""

from django.urls import URLPattern, URLResolver, include, path

from b2b.as_partner import as_partner
from b2b.partner_integration import integration
from b2b.partner_overview import overview
from partners.admin.credentials_tab import credentials
from partners.admin.timeline_tab import timeline
from partners.compliance.admin.partner_tab import compliance
from risk.partner_tab import limits
from settlement.admin.partner_tab import commercial, statements

urlpatterns: list[URLPattern | URLResolver] = [
    path("overview/", overview, name="office-partner-overview"),
    path("compliance/", compliance, name="office-partner-compliance"),
    path("credentials/", credentials, name="office-partner-credentials"),
    path("limits/", limits, name="office-partner-limits"),
    path("commercial/", commercial, name="office-partner-commercial"),
    path("integration/", integration, name="office-partner-integration"),
    path("statements/", statements, name="office-partner-statements"),
    path("timeline/", timeline, name="office-partner-timeline"),
    path("as-partner/", as_partner, name="office-as-partner"),
    path("", include("partners.kyb.admin.urls")),
    path("", include("partners.onboarding.admin.urls")),
]
