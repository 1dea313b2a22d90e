"""Locks on a partner and on what is below it, always taken from the top down: partner, tenant, API client.

Requests for a second person are locked after what they are about. So nobody waits for somebody who waits for
them. Rows that only refer to a locked one are written meanwhile; the database's triggers lock no stronger.
"""

from uuid import UUID

from core.errors import NotFound
from partners.models import ApiClient, Partner, Tenant


class PartnerNotFound(NotFound):
    """No partner has this id."""

    code = "PARTNER_NOT_FOUND"
    message = "There is no such partner."


class TenantNotFound(NotFound):
    """No tenant has this id."""

    code = "TENANT_NOT_FOUND"
    message = "There is no such tenant."


class ClientNotFound(NotFound):
    """No API client has this id."""

    code = "CLIENT_NOT_FOUND"
    message = "There is no such API client."


def lock_partner(partner_id: UUID) -> Partner:
    """Lock a partner, inside the caller's transaction. Raises PartnerNotFound."""
    partner = Partner.objects.select_for_update(no_key=True).filter(pk=partner_id).first()
    if partner is None:
        raise PartnerNotFound
    return partner


def lock_tenant(tenant_id: UUID) -> Tenant:
    """Lock a tenant and, before it, its partner, inside the caller's transaction. Raises TenantNotFound."""
    partner_id = Tenant.objects.filter(pk=tenant_id).values_list("partner_id", flat=True).first()
    if partner_id is None:
        raise TenantNotFound
    partner = lock_partner(partner_id)
    tenant = Tenant.objects.select_for_update(no_key=True).get(pk=tenant_id)
    tenant.partner = partner
    return tenant


def lock_client(client_id: UUID) -> ApiClient:
    """Lock an API client and, before it, its partner and tenant, inside the caller's transaction. Raises
    ClientNotFound.
    """
    tenant_id = ApiClient.objects.filter(pk=client_id).values_list("tenant_id", flat=True).first()
    if tenant_id is None:
        raise ClientNotFound
    tenant = lock_tenant(tenant_id)
    client: ApiClient = ApiClient.objects.select_for_update(no_key=True).get(pk=client_id)
    client.tenant = tenant
    return client
