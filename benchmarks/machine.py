"""The machine that the figures were measured on."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Machine:
    """`load_before` is the load average when the run began: above 0.5 a core, others were at work too."""

    cores: int
    cpu: str
    memory_bytes: int
    system: str
    postgresql: str
    python: str
    load_before: float

    def text(self) -> str:
        busy = " - OTHERS WERE AT WORK, read ratios only" if self.load_before > 0.5 * self.cores else ""
        return (
            f"{self.cores} cores of {self.cpu}, {self.memory_bytes / 2**30:.0f} GiB, {self.system}\n"
            f"PostgreSQL {self.postgresql}, Python {self.python}, load average at the start "
            f"{self.load_before:.1f}{busy}"
        )


def describe(postgresql: str, load_before: float) -> Machine:
    """Return this machine; the server's version and the earlier load come from the caller."""
    return Machine(
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        cpu=_cpu_model(),
        memory_bytes=psutil.virtual_memory().total,
        system=f"{platform.system()} {platform.release()}",
        postgresql=postgresql,
        python=platform.python_version(),
        load_before=load_before,
    )


def _cpu_model() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1] if found else platform.machine()
