"""Approvals in the office."""

from approvals.admin import requests

__all__ = ["requests"]
