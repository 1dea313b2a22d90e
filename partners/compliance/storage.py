"""Where documents lie: `settings.EVIDENCE_DIR`, outside every web root, named by the digest of their content.

A file is whole or not there: it is written under another name, flushed to the disk and renamed. What was
handed in twice is kept once, and what is read is held against its digest.
"""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from django.conf import settings

from partners.compliance.rules import DocumentDamaged, DocumentStoreUnavailable

CHUNK_BYTES: Final = 64 * 1024
_UNFINISHED: Final = "unfinished"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the store."""

    sha256: str
    size_bytes: int


def store(content: bytes) -> Stored:
    """Keep a file and return its digest and size. Raises DocumentStoreUnavailable, and then nothing is
    kept.
    """
    found = Stored(hashlib.sha256(content).hexdigest(), len(content))
    place = path_of(found.sha256)
    try:
        if place.exists() and place.stat().st_size == found.size_bytes:
            return found
        _write(place, content)
    except OSError as error:
        raise DocumentStoreUnavailable from error
    return found


def path_of(sha256: str) -> Path:
    """Return where the file with this digest lies."""
    return Path(settings.EVIDENCE_DIR) / sha256[:2] / sha256[2:4] / sha256


def read(sha256: str) -> bytes:
    """Return a file. Raises DocumentDamaged when it is not there or not the one that was handed in."""
    try:
        content = path_of(sha256).read_bytes()
    except OSError as error:
        raise DocumentDamaged from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DocumentDamaged
    return content


def chunks(content: bytes) -> Iterator[bytes]:
    """Return a file piece by piece."""
    for start in range(0, len(content), CHUNK_BYTES):
        yield content[start : start + CHUNK_BYTES]


def _write(place: Path, content: bytes) -> None:
    root = Path(settings.EVIDENCE_DIR)
    for folder in (root, root / _UNFINISHED, place.parent.parent, place.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = root / _UNFINISHED / uuid4().hex
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(place)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise
    _flush(place.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
