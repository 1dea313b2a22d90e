"""What can be asked about partners and rates."""

from partners.queries.partners import TenantConfiguration, get_configuration
from partners.queries.rates import ExchangeRateMissing, Rate, get_rate

__all__ = ["ExchangeRateMissing", "Rate", "TenantConfiguration", "get_configuration", "get_rate"]
