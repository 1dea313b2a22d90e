"""A platform of a test's own: its own `B2B_VAR` and free ports, started and stopped as people do it."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from b2b.environment import ROOT
from tests.forking import Clerk

STARTS_WITHIN_SECONDS = 300.0
PORTS = ("API", "OFFICE", "STREAM", "POSTGRES", "VALKEY")


def free_ports() -> dict[str, int]:
    """Ports below those that the system gives to clients, who might take them while a platform is down."""
    held: list[socket.socket] = []
    try:
        while len(held) < len(PORTS):
            with suppress(OSError):
                held.append(socket.create_server(("127.0.0.1", 10_000 + secrets.randbelow(20_000))))
        return {name: each.getsockname()[1] for name, each in zip(PORTS, held, strict=True)}
    finally:
        for each in held:
            each.close()


class Platform:
    """`make up` (or another command of the supervisor) in a folder of its own."""

    def __init__(self, var: Path, ports: dict[str, int] | None = None, **environment: str) -> None:
        self.var = var
        self.ports = ports or free_ports()
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("B2B_", "DATABASE_"))
            },
            **{f"B2B_{name}_PORT": str(port) for name, port in self.ports.items()},
            "B2B_VAR": str(var),
            "NO_COLOR": "1",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = var.with_name(f"{var.name}.log")
        self._clerk: Clerk | None = None

    @classmethod
    def running(cls, var: Path) -> "Platform":
        """Return a platform that somebody else started in `var`, and stops."""
        state = json.loads((var / "state.json").read_text("utf-8"))
        return cls(var, {name.upper(): port for name, port in state["ports"].items()})

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['API']}"

    @property
    def office_url(self) -> str:
        return f"http://127.0.0.1:{self.ports['OFFICE']}"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, command: str = "up", *, sign: str = "Everything runs") -> None:
        """Return when the platform says that everything runs; raise with its output when it does not."""
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "b2b.supervisor", command],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.wait_for(sign)

    def wait_for(self, text: str, *, seconds: float = STARTS_WITHIN_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.output():
            assert self.process
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"{text!r} never came:\n{self.output()}")
            time.sleep(0.05)

    def output(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def start_unless_it_runs(self, command: str = "up", *, sign: str = "Everything runs") -> "Platform":
        if not self.runs:
            self.start(command, sign=sign)
        return self

    def end(self) -> None:
        """Stop it where it runs, and assert that nothing is left of it."""
        if self.runs:
            self.stop()
        left = self.members()
        for process in left:
            process.kill()
        assert not left

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Ask the supervisor to stop; return the seconds it took."""
        assert self.process
        self.dismiss_clerk()
        began = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(30)
        return time.monotonic() - began

    def kill(self) -> None:
        """Kill -9 the supervisor, and nobody else."""
        assert self.process
        self.process.kill()
        self.process.wait()

    def members(self) -> list[psutil.Process]:
        """Every living process of this copy, whoever its parent is now: those it marked, and the servers."""
        found = []
        for process in psutil.process_iter():
            try:
                ours = process.environ().get("B2B_SUPERVISED_IN") == str(self.var.resolve())
                serves = any(str(self.var) in part for part in process.cmdline())
                if (ours or serves) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def names(self) -> dict[str, int]:
        """The pid of each child that the supervisor keeps running, by name."""
        record = json.loads((self.var / "processes.json").read_text("utf-8"))
        return {each["name"]: each["pid"] for each in record["processes"]}

    def demo(self) -> dict[str, Any]:
        """The credentials that `make up` printed."""
        found: dict[str, Any] = json.loads((self.var / "demo.json").read_text("utf-8"))
        return found

    @property
    def clerk(self) -> Clerk:
        """Carries out orders as the jobs do, at once; the platform must have been started."""
        self._clerk = self._clerk or Clerk(self.var)
        return self._clerk

    def dismiss_clerk(self) -> None:
        if self._clerk:
            self._clerk.leave()
            self._clerk = None

    def manage(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run `manage.py` beside the platform, told nothing but `B2B_VAR`."""
        bare = {name: value for name, value in self.environment.items() if not name.endswith("_PORT")}
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=bare,
            capture_output=True,
            text=True,
            check=False,
        )


class SharedPlatform:
    """The platform of all tests that need a whole one: the first to ask starts it, as people start it first.

    Whoever stops it leaves it to the next to start it again; whoever breaks it for good says so by `discard`.
    """

    def __init__(self) -> None:
        self._platform: Platform | None = None

    def running(self) -> Platform:
        if self._platform is None:
            folder = Path(tempfile.mkdtemp(prefix="b2b-test-"))
            folder.chmod(0o755)  # the servers' account may enter, unlike pytest's own folders
            self._platform = Platform(folder / "var")
        return self._platform.start_unless_it_runs()

    def discard(self) -> None:
        """End it; the next who asks begins with a new one."""
        if self._platform is not None:
            platform, self._platform = self._platform, None
            platform.end()
            shutil.rmtree(platform.var.parent, ignore_errors=True)


def make_shared_platform() -> Iterator[SharedPlatform]:
    """The body of a fixture: a platform for as many tests as its scope has, gone after the last."""
    found = SharedPlatform()
    yield found
    found.discard()
