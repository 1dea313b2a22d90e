"""Signatures of what is sent: Standard Webhooks 1.0 (https://www.standardwebhooks.com), HMAC-SHA256.

What is signed is `<id>.<timestamp>.<body>`, so that nobody can send an old message as new or one body under
another's id. While a secret is being replaced, a message carries a signature by each.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable


def signatures(keys: Iterable[bytes], *, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: `v1,<base64>` by each key, apart by spaces.

    `timestamp` is in seconds since 1970 and the same as in `webhook-timestamp`.
    """
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys
    )
