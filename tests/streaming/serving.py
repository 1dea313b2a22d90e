"""The stream and the relay as processes of a test's own, on the test database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from django.conf import settings
from django.db import connections

from b2b import environment
from tests.partners.serving import free_port, wait_for_port


@dataclass
class Stream:
    """A stream process that a test may kill and start again on the same port."""

    valkey_url: str = ""
    more: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/v2/stream"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> "Stream":
        command = [sys.executable, "manage.py", "stream", "--port", str(self.port)]
        told = {**_environment("api", self.valkey_url), "B2B_STREAM_URL": self.url, **self.more}
        self.process = subprocess.Popen(command, cwd=environment.ROOT, env=told)
        wait_for_port(self.port, self.process)
        return self

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)


@contextmanager
def relay_process(valkey_url: str = "") -> Iterator["subprocess.Popen[bytes]"]:
    """Number what is announced, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "relay"], cwd=environment.ROOT, env=_environment("jobs", valkey_url)
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _environment(process: environment.Process, valkey_url: str) -> dict[str, str]:
    url = urlsplit(environment.database_url(process))
    database = quote(str(connections["default"].settings_dict["NAME"]))
    return {
        **{name: value for name, value in os.environ.items() if name != "B2B_PROCESS"},
        "B2B_PROCESS": process,
        f"B2B_DATABASE_URL_{process.upper()}": urlunsplit(url._replace(path=f"/{database}")),
        "B2B_VALKEY_URL": valkey_url or settings.VALKEY_URL,
        "B2B_BROKER_URL": settings.BROKER_URL,
        "B2B_API_URL": settings.API_URL,
        "B2B_LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "b2b.settings",
    }
