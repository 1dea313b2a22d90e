"""Partners, tenants, API clients and exchange rates in the office."""

from partners.admin import clients, partners, rates, tenants
from partners.compliance import admin as compliance

__all__ = ["clients", "compliance", "partners", "rates", "tenants"]
