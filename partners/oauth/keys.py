"""The keys that sign access tokens: PEM files beside the database, never in it.

Each key is a file `signing-<when it was made>.pem`, readable by its owner alone. The newest key signs. One
that was followed by a newer key is still published, and its tokens still hold, until the last of them has
ended by itself.
"""

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from joserfc.jwk import ECKey

from core import clock
from partners.rules import TOKEN_LIFETIME_SECONDS

ALGORITHM: Final = "ES256"
OVERLAP: Final = timedelta(seconds=TOKEN_LIFETIME_SECONDS + 60)
"""How long a key that no longer signs is still believed: the life of a token, and a minute for slow clocks.
"""

_NAME: Final = re.compile(r"signing-([0-9]{8}T[0-9]{12}Z)\.pem")
_STAMP: Final = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class SigningKey:
    """A key pair, by its thumbprint (RFC 7638); `believed_until` is None for the one that signs."""

    kid: str
    key: ECKey
    made_at: datetime
    believed_until: datetime | None
    path: Path

    def is_believed(self, at: datetime) -> bool:
        return self.believed_until is None or at < self.believed_until


class KeyRing:
    """This process's view of the folder of keys; a change in the folder is seen at the next use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._seen: int = -1
        self._keys: dict[str, SigningKey] = {}

    def signing_key(self) -> SigningKey:
        """Return the newest key, making the first one where there is none."""
        newest = self._newest()
        if newest is None:
            ensure_signing_key(self.folder, made_at=clock.now())
            newest = self._newest(look_again=True)
        assert newest is not None
        return newest

    def find(self, kid: str, *, at: datetime) -> SigningKey | None:
        """Return the key of this thumbprint if its tokens are to be believed."""
        key = self._current().get(kid)
        return key if key is not None and key.is_believed(at) else None

    def published(self, *, at: datetime) -> list[dict[str, Any]]:
        """Return the public halves as JWKs, newest first."""
        return [
            {**key.key.as_dict(private=False), "kid": key.kid, "use": "sig", "alg": ALGORITHM}
            for key in reversed(self._current().values())
            if key.is_believed(at)
        ]

    def _newest(self, *, look_again: bool = False) -> SigningKey | None:
        return next(reversed(self._current(look_again=look_again).values()), None)

    def _current(self, *, look_again: bool = False) -> dict[str, SigningKey]:
        try:
            changed = self.folder.stat().st_mtime_ns
        except FileNotFoundError:
            return {}
        if changed != self._seen or look_again:
            with self._lock:
                # The moment is kept, not the result of a second look: what is written meanwhile is read next
                # time.
                self._keys = {key.kid: key for key in read_keys(self.folder)}
                self._seen = changed
        return self._keys


_rings: dict[str, KeyRing] = {}


def key_ring() -> KeyRing:
    """Return this process's ring of the configured folder."""
    folder = str(settings.KEYS_DIR)
    ring = _rings.get(folder)
    if ring is None:
        ring = _rings.setdefault(folder, KeyRing(Path(folder)))
    return ring


def read_keys(folder: Path) -> list[SigningKey]:
    """Return all keys of a folder, oldest first."""
    found = sorted((stamp, path) for path in folder.glob("signing-*.pem") if (stamp := _made_at(path)))
    keys = []
    for position, (made_at, path) in enumerate(found):
        key = ECKey.import_key(path.read_bytes())
        followed_at = found[position + 1][0] if position + 1 < len(found) else None
        keys.append(
            SigningKey(
                kid=key.thumbprint(),
                key=key,
                made_at=made_at,
                believed_until=followed_at + OVERLAP if followed_at else None,
                path=path,
            )
        )
    return keys


def ensure_signing_key(folder: Path, *, made_at: datetime) -> bool:
    """Make the first key unless there is one; return whether one was made. Many processes may try."""
    with _locked(folder):
        if read_keys(folder):
            return False
        _write_key(folder, made_at)
        return True


def rotate_signing_key(folder: Path, *, rotated_at: datetime) -> SigningKey:
    """Make a new key, which signs from now on, and take away those whose tokens have all ended."""
    with _locked(folder):
        _write_key(folder, rotated_at)
        keys = read_keys(folder)
        for key in keys:
            if not key.is_believed(rotated_at):
                key.path.unlink()
        return keys[-1]


def retire_older_keys(folder: Path) -> list[str]:
    """Take away every key but the one that signs, and with it the tokens they signed; for a key that leaked.

    Returns the thumbprints of those taken away.
    """
    with _locked(folder):
        older = read_keys(folder)[:-1]
        for key in older:
            key.path.unlink()
        return [key.kid for key in older]


def _made_at(path: Path) -> datetime | None:
    match = _NAME.fullmatch(path.name)
    return datetime.strptime(match[1], _STAMP).replace(tzinfo=UTC) if match else None


def _write_key(folder: Path, made_at: datetime) -> None:
    path = folder / f"signing-{made_at.astimezone(UTC).strftime(_STAMP)}.pem"
    unfinished = path.with_suffix(".new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(ECKey.generate_key("P-256").as_pem(private=True))
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
