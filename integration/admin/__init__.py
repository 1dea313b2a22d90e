"""The office's pages of the request log."""

from integration.admin import requests

__all__ = ["requests"]
