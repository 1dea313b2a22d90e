"""The writer of limits."""
