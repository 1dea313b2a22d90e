"""What webhooks announce themselves: the shape of the event's data."""

from core.event_types import EndpointId, EventType, Told, declare_events


class WebhookTestData(Told, frozen=True, kw_only=True, rename="camel"):
    endpoint_id: EndpointId


declare_events(
    EventType(
        "webhook.test",
        "you asked for a test of an endpoint, and to that endpoint alone",
        WebhookTestData,
        {"endpointId": "whe_01kjma1x8vepfa6w4t9m2c7zqs"},
    ),
)
