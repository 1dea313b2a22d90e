"""Commission plans and statements in the office."""

from settlement.admin import plans, statements

__all__ = ["plans", "statements"]
