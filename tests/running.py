"""A platform of a test's own: its own `B2B_VAR` and free ports, started and stopped as people do it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from b2b.environment import ROOT

STARTS_WITHIN_SECONDS = 180.0
PORTS = ("API", "OFFICE", "STREAM", "POSTGRES", "VALKEY")


def free_ports() -> dict[str, int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
    try:
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

    def stop(self, number: signal.Signals = signal.SIGINT) -> float:
        """Ask the supervisor to stop; return the seconds it took."""
        assert self.process
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
