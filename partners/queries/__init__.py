"""What can be asked about partners and rates."""

from partners.queries.rates import ExchangeRateMissing, Rate, get_rate

__all__ = ["ExchangeRateMissing", "Rate", "get_rate"]
