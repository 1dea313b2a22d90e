"""The message of one delivery: its body and the headers that go with it."""

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import orjson

from core.ids import typeid
from webhooks import bodies
from webhooks.pumping.claiming import Claimed
from webhooks.pumping.lanes import Target
from webhooks.pumping.sending import USER_AGENT
from webhooks.signing import signatures

_ALWAYS: Final = MappingProxyType({"content-type": "application/json", "user-agent": USER_AGENT})


def make_body(claimed: Claimed, *, partner: str) -> bytes:
    """Return the body of a delivery whose event is kept."""
    assert claimed.occurred_at is not None
    assert claimed.data is not None
    return bodies.make_body(
        type=claimed.type,
        occurred_at=claimed.occurred_at,
        sequence=claimed.sequence,
        partner=partner,
        data=claimed.data,
    )


def make_headers(claimed: Claimed, target: Target, body: bytes) -> dict[str, str]:
    """Return the headers of one attempt, signed now by every live secret."""
    message_id, timestamp = typeid("evt", claimed.event_id), int(time.time())
    return {
        **_ALWAYS,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(target.keys, message_id=message_id, timestamp=timestamp, body=body),
    }


def shown_headers(headers: Mapping[str, str]) -> str:
    """Return the headers as JSON for the record of the attempt, without the signatures."""
    return orjson.dumps({name: headers[name] for name in headers if name != "webhook-signature"}).decode()
