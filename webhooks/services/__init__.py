"""The only writers of endpoints, and of deliveries beside the relay and the pump."""

from webhooks.services.deliveries import replay_events, retry_deliveries, retry_delivery, send_test
from webhooks.services.endpoints import (
    NewEndpoint,
    NewSecret,
    create_endpoint,
    disable_endpoint,
    remove_endpoint,
    rotate_secret,
    update_endpoint,
)
from webhooks.services.keeping import forget_old
from webhooks.services.noticing import enter_notices, send_notices

__all__ = [
    "NewEndpoint",
    "NewSecret",
    "create_endpoint",
    "disable_endpoint",
    "enter_notices",
    "forget_old",
    "remove_endpoint",
    "replay_events",
    "retry_deliveries",
    "retry_delivery",
    "rotate_secret",
    "send_notices",
    "send_test",
    "update_endpoint",
]
