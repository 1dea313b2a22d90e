"""What one copy remembers between starts: `state.json` (ports, credentials, URLs) and who holds the copy now.

The file is readable by its owner alone and replaced as a whole, so that a reader never sees half of it.
"""

import fcntl
import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit, urlunsplit

from b2b.environment import ROLES
from b2b.supervisor.errors import CannotStart

PORTS = {
    "api": ("B2B_API_PORT", 8000),
    "office": ("B2B_OFFICE_PORT", 8001),
    "stream": ("B2B_STREAM_PORT", 8002),
    "postgres": ("B2B_POSTGRES_PORT", 8032),
    "valkey": ("B2B_VALKEY_PORT", 8079),
}
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Copy:
    """One running copy: where it lies, on which ports, with which credentials, on which servers."""

    var: Path
    host: str
    ports: dict[str, int]
    passwords: dict[str, str]
    secret_key: str
    database: str
    given_database_url: str
    given_valkey_url: str

    @property
    def bootstrap_url(self) -> str:
        """Logs in as who may create roles and databases."""
        if self.given_database_url:
            return self.given_database_url
        return (
            f"postgresql://postgres:{self.passwords['postgres']}@{LOOPBACK}:{self.ports['postgres']}/postgres"
        )

    @property
    def valkey_url(self) -> str:
        if self.given_valkey_url:
            return self.given_valkey_url
        return f"redis://:{self.passwords['valkey']}@{LOOPBACK}:{self.ports['valkey']}/0"

    @property
    def broker_url(self) -> str:
        """Celery's queues have the database after the one of the caches and limits."""
        parts = urlsplit(self.valkey_url)
        number = int(parts.path.strip("/") or 0) + 1
        return urlunsplit(parts._replace(path=f"/{number}"))

    def database_url(self, role: str) -> str:
        parts = urlsplit(self.bootstrap_url)
        address = parts.netloc.rpartition("@")[2]
        login = f"{role}:{self.passwords[role]}"
        return urlunsplit(parts._replace(netloc=f"{login}@{address}", path=f"/{quote(self.database)}"))

    def url(self, process: str) -> str:
        host = LOOPBACK if self.host in ("0.0.0.0", "::") else self.host
        return f"http://{host}:{self.ports[process]}"

    @property
    def stream_url(self) -> str:
        return f"{self.url('stream').replace('http', 'ws', 1)}/ws/v2/stream"

    def settings(self) -> dict[str, Any]:
        """What `b2b.environment` reads."""
        return {
            "mode": "local",
            "ports": self.ports,
            "passwords": self.passwords,
            "secret_key": self.secret_key,
            "database": self.database,
            "bootstrap_url": self.bootstrap_url,
            "databases": {process: self.database_url(role) for process, role in ROLES.items()},
            "valkey_url": self.valkey_url,
            "broker_url": self.broker_url,
            "api_url": self.url("api"),
            "office_url": self.url("office"),
            "stream_url": self.stream_url,
        }


def open_copy(var: Path, *, free_ports: bool = False, passwords_like: Path | None = None) -> Copy:
    """Read the copy in `var`, or make one up, and write it down. Passwords stay what they were.

    `passwords_like` names a copy that may share a given database server, and so its roles' passwords.
    """
    known = read_json(var / "state.json")
    passwords = dict(known.get("passwords", {}))
    if passwords_like and os.environ.get("DATABASE_URL"):
        passwords |= read_json(passwords_like / "state.json").get("passwords", {})
    for name in ("postgres", "valkey", *ROLES.values()):
        passwords.setdefault(name, secrets.token_urlsafe(24))
    copy = Copy(
        var=var,
        host=os.environ.get("B2B_HOST") or LOOPBACK,
        ports=_free_ports() if free_ports else _chosen_ports(),
        passwords=passwords,
        secret_key=known.get("secret_key") or secrets.token_urlsafe(48),
        database=os.environ.get("B2B_DATABASE_NAME") or known.get("database") or "b2b",
        given_database_url=os.environ.get("DATABASE_URL", ""),
        given_valkey_url=os.environ.get("VALKEY_URL", ""),
    )
    write_json(var / "state.json", copy.settings())
    return copy


def read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise CannotStart(f"{path} is not readable as JSON ({error}). Remove it or restore it.") from error
    return found


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file as a whole, mode 0600."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def hold(var: Path) -> IO[str]:
    """Make `var` and lock it for as long as the returned file is open; a second supervisor is refused."""
    try:
        var.mkdir(mode=0o755, parents=True, exist_ok=True)
        file = (var / "supervisor.lock").open("a+")
    except OSError as error:
        raise CannotStart(
            f"{var} cannot be written ({error.strerror}). Set B2B_VAR to a folder of yours."
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        raise CannotStart(
            f"A copy already runs in {var} (process {file.read().strip()}).\n"
            "Stop it first, or run a second copy with another B2B_VAR and other ports."
        ) from error
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def hold_first_free(var: Path) -> tuple[Path, IO[str]]:
    """The first folder below `var` in which no command runs beside servers of its own, locked."""
    for number in range(1, 10):
        place = var / ("test" if number == 1 else f"test-{number}")
        try:
            return place, hold(place)
        except CannotStart:
            if number == 9:
                raise
    raise AssertionError("the loop returns or raises")


def check_ports(copy: Copy, names: list[str]) -> None:
    """Raise CannotStart that names every busy port and the variable that moves it."""
    busy = [
        name
        for name in names
        if not _is_free(LOOPBACK if name in ("postgres", "valkey") else copy.host, copy.ports[name])
    ]
    if busy:
        lines = [f"  port {copy.ports[name]} for {name}: set {PORTS[name][0]} to another" for name in busy]
        raise CannotStart("Some ports are in use by other programs:\n" + "\n".join(lines))


def _chosen_ports() -> dict[str, int]:
    ports = {}
    for name, (variable, default) in PORTS.items():
        text = os.environ.get(variable) or str(default)
        if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 65536:
            raise CannotStart(f"{variable} is {text!r}; it must be a port number.")
        ports[name] = int(text)
    if len(set(ports.values())) < len(ports):
        raise CannotStart(f"Two of the ports are the same: {ports}.")
    return ports


def _free_ports() -> dict[str, int]:
    held = [socket.create_server((LOOPBACK, 0)) for _ in PORTS]
    try:
        return {name: listener.getsockname()[1] for name, listener in zip(PORTS, held, strict=True)}
    finally:
        for listener in held:
            listener.close()


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
