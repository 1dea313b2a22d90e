"""Checkpoints: the newest seal of each day, signed, in files that the database cannot reach.

A chain alone cannot tell that its end was cut off, or that it was made anew from the first link; a signed
copy of one of its links can. Each chain has an Ed25519 key of its own, made at first need, and its name is in
what is signed: a checkpoint of one chain is none of another.
"""

import base64
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from core.clock import instant_text
from core.sealing.chain import Chain
from core.sealing.links import Link


class CheckpointForged(Exception):
    """A checkpoint's signature is not ours, or the file is no checkpoint at all."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A link of the chain as it was when it was signed."""

    number: int
    transaction_end: int
    digest: bytes
    written_at: str


def write_checkpoint(chain: Chain, link: Link, *, written_at: datetime) -> Path:
    """Sign a link and write it down, in the place of the day's earlier one. Returns the file."""
    folder = _folder(_folder(settings.CHECKPOINTS_DIR) / chain.folder)
    told: dict[str, Any] = {
        "seal": link.number,
        "transactionEnd": link.transaction_end,
        "digest": link.digest.hex(),
        "writtenAt": instant_text(written_at),
    }
    key = _key(_folder(settings.KEYS_DIR) / _key_name(chain))
    signature = base64.b64encode(key.sign(_signed(chain, told))).decode("ascii")
    path = folder / f"{written_at:%Y-%m-%d}.json"
    _replace(path, orjson.dumps({**told, "signature": signature}, option=orjson.OPT_INDENT_2))
    return path


def list_checkpoint_files(chain: Chain) -> list[Path]:
    """Return the files of all checkpoints of a chain, oldest first."""
    return sorted((Path(settings.CHECKPOINTS_DIR) / chain.folder).glob("*.json"))


def read_checkpoint(chain: Chain, path: Path) -> Checkpoint:
    """Return a checkpoint. Raises CheckpointForged."""
    try:
        told = orjson.loads(path.read_bytes())
        signature = base64.b64decode(told.pop("signature"), validate=True)
        key = _load((Path(settings.KEYS_DIR) / _key_name(chain)).read_bytes())
        key.public_key().verify(signature, _signed(chain, told))
        return Checkpoint(
            number=told["seal"],
            transaction_end=told["transactionEnd"],
            digest=bytes.fromhex(told["digest"]),
            written_at=told["writtenAt"],
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError, InvalidSignature) as error:
        raise CheckpointForged(f"checkpoint {path.name} is not signed by the {chain.name}'s key") from error


def find_latest_checkpoint(chain: Chain) -> Checkpoint | None:
    """Return the checkpoint of the newest seal. Raises CheckpointForged."""
    found = [read_checkpoint(chain, path) for path in list_checkpoint_files(chain)]
    return max(found, key=lambda checkpoint: checkpoint.number, default=None)


def _key_name(chain: Chain) -> str:
    return f"{chain.name}.pem"


def _signed(chain: Chain, told: dict[str, Any]) -> bytes:
    return f"{chain.name} checkpoint\n".encode("ascii") + orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _folder(path: str | Path) -> Path:
    folder = Path(path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _add(path, pem)
    return _load(path.read_bytes())


@lru_cache(maxsize=4)
def _load(pem: bytes) -> Ed25519PrivateKey:
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("a key of checkpoints is an Ed25519 key")
    return key


def _replace(path: Path, content: bytes) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    _write(new, content, os.O_CREAT | os.O_TRUNC)
    new.replace(path)
    _sync(path.parent)


def _add(path: Path, content: bytes) -> None:
    """Write a file that is there as a whole or not at all; who comes second keeps the first one's."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    _write(new, content, os.O_CREAT | os.O_TRUNC)
    try:
        path.hardlink_to(new)
    except FileExistsError:
        pass
    finally:
        new.unlink()
    _sync(path.parent)


def _write(path: Path, content: bytes, flags: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
