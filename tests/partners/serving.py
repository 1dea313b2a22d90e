"""API processes and a Valkey of a test's own, started and stopped for real, on the test database."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
from django.conf import settings
from django.db import connections

from b2b import environment
from b2b.supervisor.binaries import find_binaries

STARTS_WITHIN_SECONDS = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port: int = held.getsockname()[1]
        return port


def wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing serves on {port}")


@contextmanager
def api_process(*, valkey_url: str = "", **more: str) -> Iterator[str]:
    """Serve the API in a process of its own and yield its URL; tokens are those of this process's API_URL."""
    port = free_port()
    url = urlsplit(environment.database_url("api"))
    database = quote(str(connections["default"].settings_dict["NAME"]))
    told = {
        **{name: value for name, value in os.environ.items() if name != "B2B_PROCESS"},
        "B2B_PROCESS": "api",
        "B2B_DATABASE_URL_API": urlunsplit(url._replace(path=f"/{database}")),
        "B2B_VALKEY_URL": valkey_url or settings.VALKEY_URL,
        "B2B_API_URL": settings.API_URL,
        "B2B_REQUEST_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "b2b.settings",
        **more,
    }
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *(
            "--workers",
            "1",
            "--blocking-threads",
            "4",
            "--no-ws",
            "--log-level",
            "error",
            "b2b.wsgi:application",
        ),
    ]
    process = subprocess.Popen(command, cwd=environment.ROOT, env=told, stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


@dataclass
class OwnValkey:
    """A Valkey server that a test may stop and start again."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [
                *(str(find_binaries().valkey_server), "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self.folder), "--save", "", "--appendonly", "no"),
            ],
            cwd="/",
            stdout=subprocess.DEVNULL,
        )
        wait_for_port(self.port, self.process)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


def ask(url: str, token: str, path: str = "/api/v2/events") -> httpx.Response:
    """Call an API process with a token."""
    return httpx.get(f"{url}{path}", headers={"Authorization": f"Bearer {token}"}, timeout=20)


def seconds_until(status: int, url: str, token: str, *, within: float = 10.0) -> float:
    """Return in how many seconds an API process answers with a status."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        if ask(url, token).status_code == status:
            return time.monotonic() - began
        time.sleep(0.05)
    raise AssertionError(f"{status} never came")
