"""The office's pages of webhooks: endpoints, and the inspector of their deliveries."""

from webhooks.admin import deliveries, endpoints

__all__ = ["deliveries", "endpoints"]
