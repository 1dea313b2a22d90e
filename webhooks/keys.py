"""Endpoints' secrets: made at random, shown once, and kept encrypted for the one endpoint they are of.

The form is that of Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes, which sign with HMAC-SHA256.
"""

import base64
import secrets
from typing import Final
from uuid import UUID

from core.encryption import decrypt, encrypt

PREFIX: Final = "whsec_"
KEY_NAME: Final = "webhooks.key"
SECRET_BYTES: Final = 32


def new_secret() -> bytes:
    """Return a random secret of 256 bits."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """Return a secret as its partner is shown it, `whsec_...`."""
    return PREFIX + base64.b64encode(secret).decode()


def encrypt_secret(secret: bytes, *, endpoint_id: UUID) -> bytes:
    """Return a secret as the row of its endpoint keeps it."""
    return encrypt(secret, key_name=KEY_NAME, owner=_owner(endpoint_id))


def decrypt_secret(encrypted: bytes, *, endpoint_id: UUID) -> bytes:
    """Return the secret of a row, to sign with. Raises core.encryption.NotReadable."""
    return decrypt(encrypted, key_name=KEY_NAME, owner=_owner(endpoint_id))


def _owner(endpoint_id: UUID) -> str:
    return f"webhook-endpoint:{endpoint_id}"
