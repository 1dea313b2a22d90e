"""Reference client of the platform: REST with safe repeats, webhooks, the event feed and the stream.

with Client("https://api.example", client_id, client_secret) as api:
    api.post("/bets", {"reference": "B-1", ...})
    for event in api.events(after=kept): ...

event = verify_webhook(body, headers, secret)

for message in Stream("wss://stream.example/ws/v2/stream", api).events(after=kept): ...
"""

from b2b_client.api import Client
from b2b_client.errors import ClientError, PlatformAway, Refused, StreamRefused, WebhookRejected
from b2b_client.events import Event
from b2b_client.webhooks import verify_webhook

__all__ = [
    "Client",
    "ClientError",
    "Event",
    "PlatformAway",
    "Refused",
    "StreamRefused",
    "WebhookRejected",
    "verify_webhook",
]
