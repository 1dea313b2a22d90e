"""Commission plans, statements and payout addresses in the office."""

from settlement.admin import payout_addresses, plans, statements

__all__ = ["payout_addresses", "plans", "statements"]
