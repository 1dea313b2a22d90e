"""Processes that outlived their supervisor: found by a mark in their environment, or by the last record.

On Linux the kernel tells every child when the supervisor dies, so strays are few; elsewhere the record is all
there is.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

VARIABLE = "B2B_SUPERVISED_IN"
_PROC = Path("/proc")


def mark(var: Path) -> str:
    return str(var.resolve())


def started(pid: int) -> str:
    """When the process started, in the system's own unit: with the pid it names one process. '' if gone."""
    if _PROC.is_dir():
        with contextlib.suppress(OSError):
            fields = (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            return "" if fields[0] in "ZX" else fields[19]
        return ""
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def end_recorded(record: dict[str, Any], *, seconds: float = 8.0) -> list[str]:
    """End what an earlier supervisor left: give it time to stop, then kill it. Return the names."""
    left = [
        each
        for each in record.get("processes", [])
        if each["started"] and started(each["pid"]) == each["started"]
    ]
    for each in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each["pid"], signal.SIGINT if each["name"] == "postgres" else signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(started(each["pid"]) == each["started"] for each in left):
        time.sleep(0.05)
    for each in left:
        if started(each["pid"]) == each["started"]:
            end_group(each["pid"])
    return [each["name"] for each in left]


def end_group(leader: int) -> None:
    """Kill what is left of a child's process group; each child leads one of its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_marked(text: str) -> int:
    """Kill every process that carries the mark, save ourselves and those we descend from. Return how many."""
    found = [pid for pid in _marked(text) if pid not in _ancestors()]
    for pid in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    return len(found)


def _marked(text: str) -> list[int]:
    if not _PROC.is_dir():
        return []
    wanted = f"{VARIABLE}={text}".encode()
    found = []
    for folder in _PROC.iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                if wanted in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
    return found


def _ancestors() -> set[int]:
    found = {os.getpid()}
    pid = os.getppid()
    while pid > 1 and pid not in found:
        found.add(pid)
        with contextlib.suppress(OSError):
            pid = int((_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[1])
            continue
        break
    return found
