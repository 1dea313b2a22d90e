"""Verifying a delivery: Standard Webhooks, HMAC-SHA256 over id, timestamp and body.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Final

from b2b_client.errors import WebhookRejected
from b2b_client.events import Event, parse_time

TOLERANCE_SECONDS: Final = 300.0
_PREFIX: Final = "whsec_"


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secrets: str | Iterable[str],
    *,
    tolerance_seconds: float = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Event:
    """Return the event of a delivery; `body` is as it arrived, byte for byte.

    Give both secrets while you rotate. Raises WebhookRejected for a wrong or missing signature, a timestamp
    more than `tolerance_seconds` away, and a body that is no event.
    """
    found = {name.lower(): value for name, value in headers.items()}
    try:
        identifier, timestamp = found["webhook-id"], found["webhook-timestamp"]
        signatures = found["webhook-signature"].split()
    except KeyError as error:
        raise WebhookRejected(f"the header {error} is missing") from error
    _check_time(timestamp, tolerance_seconds, time.time() if now is None else now)
    given = [secrets] if isinstance(secrets, str) else list(secrets)
    signed = f"{identifier}.{timestamp}.".encode() + body
    expected = [_signature(secret, signed) for secret in given]
    if not any(hmac.compare_digest(one, other) for one in expected for other in _of_version_1(signatures)):
        raise WebhookRejected("no signature fits the secret")
    return _event(identifier, body)


def _check_time(timestamp: str, tolerance_seconds: float, now: float) -> None:
    if not timestamp.isascii() or not timestamp.isdigit():
        raise WebhookRejected("the timestamp is no number")
    if abs(now - int(timestamp)) > tolerance_seconds:
        raise WebhookRejected("the timestamp is too far away; is this machine's clock right?")


def _signature(secret: str, signed: bytes) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise WebhookRejected("the secret is not the one that was shown: whsec_ and base64") from error
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256))


def _of_version_1(signatures: Iterable[str]) -> list[bytes]:
    return [
        value.encode()
        for version, _, value in (each.partition(",") for each in signatures)
        if version == "v1"
    ]


def _event(identifier: str, body: bytes) -> Event:
    try:
        told = json.loads(body)
        return Event(
            identifier, int(told["sequence"]), told["type"], parse_time(told["timestamp"]), told["data"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WebhookRejected(f"the body is no event: {error!r}") from error
