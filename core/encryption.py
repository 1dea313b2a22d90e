"""Encrypting what has to be read again: keys are files beside the database, never in it.

AES-256-GCM with its owner as associated data: what is copied to another row is not readable there.
"""

import os
import secrets
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class NotReadable(Exception):
    """What is stored was encrypted with another key, for another owner, or was tampered with."""


def encrypt(plain: bytes, *, key_name: str, owner: str) -> bytes:
    """Return some bytes encrypted for their owner: nonce, ciphertext and tag. The key lies in `KEYS_DIR`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(_key(str(settings.KEYS_DIR), key_name)).encrypt(nonce, plain, owner.encode())


def decrypt(encrypted: bytes, *, key_name: str, owner: str) -> bytes:
    """Return what was encrypted for this owner. Raises NotReadable."""
    encrypted = bytes(encrypted)
    try:
        return AESGCM(_key(str(settings.KEYS_DIR), key_name)).decrypt(
            encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], owner.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise NotReadable(f"what is stored for {owner} is not readable with {key_name}") from error


@cache
def _key(folder: str, name: str) -> bytes:
    """Return a key of a folder; the first process that asks makes it, whole or not at all."""
    path = Path(folder) / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{name}.{secrets.token_hex(8)}")
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
        raise NotReadable(f"{path} is not a key of {KEY_BYTES} bytes")
    return key
