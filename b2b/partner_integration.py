"""The partner's page, Integration: how its systems call us, and how we call them."""

from django.http import HttpRequest

from integration.admin.partner_tab import requests_panels
from partners.admin.page import Shown, tab
from partners.models import Partner, Tenant
from webhooks.admin.partner_section import endpoints_panel


@tab("integration")
def integration(request: HttpRequest, partner: Partner) -> Shown:
    """Show the traffic of a partner's systems, its endpoints, what failed, and the newest requests."""
    tenants = list(Tenant.objects.filter(partner=partner).order_by("-kind"))
    traffic, *rest = requests_panels(request, tenants)
    endpoints = [endpoints_panel(tenants)] if request.user.has_perm("webhooks.view_endpoint") else []
    return Shown([traffic, *endpoints, *rest])
