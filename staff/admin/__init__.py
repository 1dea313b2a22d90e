"""The pages of the office about staff: people, roles, and resets of authenticators."""

from staff.admin import resets, roles, users

__all__ = ["resets", "roles", "users"]
