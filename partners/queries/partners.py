"""A partner and one of its tenants, as the tenant itself may see them."""

from dataclasses import dataclass
from uuid import UUID

from partners.models import Partner, Tenant, TenantCurrency


@dataclass(frozen=True, slots=True)
class TenantConfiguration:
    """Both rows, and the currencies of the tenant's players in alphabetical order."""

    partner: Partner
    tenant: Tenant
    currencies: tuple[str, ...]


def get_configuration(*, tenant_id: UUID) -> TenantConfiguration:
    """Return a tenant's configuration, inside `tenant(tenant_id)`. Raises Tenant.DoesNotExist."""
    tenant = Tenant.objects.select_related("partner").get(id=tenant_id)
    codes = TenantCurrency.objects.filter(tenant_id=tenant_id).order_by("currency_id")
    return TenantConfiguration(
        partner=tenant.partner, tenant=tenant, currencies=tuple(codes.values_list("currency_id", flat=True))
    )
