"""Partners, tenants, API clients and exchange rates in the office."""

from partners.admin import clients, partners, rates, tenants

__all__ = ["clients", "partners", "rates", "tenants"]
