"""Partners, tenants, API clients and exchange rates in the office, and the history."""

from partners.admin import clients, history, partners, rates, tenants
from partners.compliance import admin as compliance

__all__ = ["clients", "compliance", "history", "partners", "rates", "tenants"]
