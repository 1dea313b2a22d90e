"""Authenticators' seeds: made at random, and kept encrypted for the one person they are of."""

import secrets
from typing import Final

from core.encryption import NotReadable, decrypt, encrypt

KEY_NAME: Final = "staff-totp.key"
SEED_BYTES: Final = 20

SeedNotReadable = NotReadable


def new_seed() -> bytes:
    """Return a random seed of 160 bits, as RFC 4226 section 4 recommends."""
    return secrets.token_bytes(SEED_BYTES)


def seal_seed(seed: bytes, *, user_id: int) -> bytes:
    """Return the seed encrypted for its owner's row."""
    return encrypt(seed, key_name=KEY_NAME, owner=_owner(user_id))


def open_seed(sealed: bytes, *, user_id: int) -> bytes:
    """Return the seed of a row. Raises SeedNotReadable."""
    return decrypt(sealed, key_name=KEY_NAME, owner=_owner(user_id))


def _owner(user_id: int) -> str:
    return f"staff-totp:{user_id}"
