"""The key that authenticators' seeds are encrypted with: a file beside the database, never in it.

AES-256-GCM with the user's id as associated data: a seed copied to another person's row is not readable
there.
"""

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_NAME: Final = "staff-totp.key"
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
SEED_BYTES: Final = 20


class SeedNotReadable(Exception):
    """A seed was encrypted with another key, for another person, or was tampered with."""


def new_seed() -> bytes:
    """Return a random seed of 160 bits, as RFC 4226 section 4 recommends."""
    return secrets.token_bytes(SEED_BYTES)


def seal_seed(seed: bytes, *, user_id: int) -> bytes:
    """Return the seed encrypted for its owner's row: nonce, ciphertext and tag."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_key(str(settings.KEYS_DIR))).encrypt(nonce, seed, _owner(user_id))


def open_seed(sealed: bytes, *, user_id: int) -> bytes:
    """Return the seed of a row. Raises SeedNotReadable."""
    sealed = bytes(sealed)
    try:
        return AESGCM(_key(str(settings.KEYS_DIR))).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _owner(user_id)
        )
    except (InvalidTag, ValueError) as error:
        raise SeedNotReadable(f"the authenticator of user {user_id} is not readable with this key") from error


def _owner(user_id: int) -> bytes:
    return f"staff-totp:{user_id}".encode()


@cache
def _key(folder: str) -> bytes:
    """Return the key of a folder; the first process that asks makes it, whole or not at all."""
    path = Path(folder) / KEY_NAME
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{KEY_NAME}.{secrets.token_hex(8)}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise SeedNotReadable(f"{path} is not a key of {KEY_BYTES} bytes")
    return key
