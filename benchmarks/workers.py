"""Processes that start working at the same moment and say what they did."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from b2b.environment import ROOT


class Worker:
    """One process that says `ready`, begins on a line of input and ends with a line of JSON."""

    def __init__(self, command: Sequence[str | Path], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._command = " ".join(str(part) for part in command)
        self._expect("ready")

    def start(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """Wait until it has ended and return what it says."""
        found: dict[str, Any] = json.loads(self._expect("{"))
        self._process.wait()
        return found

    def _expect(self, beginning: str) -> str:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith(beginning):
                return line
        raise RuntimeError(f"`{self._command}` ended with {self._process.wait()} and said no {beginning!r}")


def rate_of(workers: Sequence[Worker]) -> float:
    """Start all, wait for all, and return how often a second they did it, together."""
    for worker in workers:
        worker.start()
    return float(sum(found["count"] / found["seconds"] for found in [each.result() for each in workers]))
