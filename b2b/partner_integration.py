"""The partner's page, Integration: how much of production is routed, how its systems call us, and we them."""

from django.http import HttpRequest

from integration.admin.partner_tab import requests_panels
from partners.admin.page import Shown, tab
from partners.admin.ramp import ramp_commands, ramp_facts
from partners.models import Partner, Tenant
from webhooks.admin.partner_section import endpoints_panel


@tab("integration")
def integration(request: HttpRequest, partner: Partner) -> Shown:
    """Show a partner's ramp, the traffic of its systems, its endpoints, what failed, the newest requests."""
    tenants = list(Tenant.objects.filter(partner=partner).order_by("-kind"))
    traffic, *rest = requests_panels(request, tenants)
    endpoints = [endpoints_panel(tenants)] if request.user.has_perm("webhooks.view_endpoint") else []
    return Shown(
        [*ramp_facts(partner, tenants), traffic, *endpoints, *rest],
        commands=ramp_commands(request, partner, tenants),
    )
