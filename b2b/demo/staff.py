"""What staff do beside the API, by `manage.py`: a season, odds, results, a statement's draft, the proof."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from b2b.environment import ROOT, var_dir


class CommandFailed(Exception):
    """A command ended with a code other than 0."""


def command(say: Callable[[str], None], *arguments: str) -> str:
    """Run a command, hand on each line as it comes, and return them all. Raises CommandFailed."""
    said: list[str] = []
    with _start(arguments, stderr=subprocess.STDOUT) as running:
        assert running.stdout
        for line in running.stdout:
            said.append(line)
            say(line.rstrip())
    if running.returncode:
        raise CommandFailed(f"manage.py {' '.join(arguments)} ended with {running.returncode}")
    return "".join(said)


def read_json(*arguments: str) -> Any:
    """Run a command whose standard output is JSON, and return that. Raises CommandFailed."""
    with _start(arguments, stderr=subprocess.PIPE) as running:
        written, complaint = running.communicate()
    if running.returncode:
        raise CommandFailed(f"manage.py {' '.join(arguments)} ended with {running.returncode}: {complaint}")
    return json.loads(written)


def _start(arguments: Sequence[str], *, stderr: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, "B2B_VAR": str(var_dir()), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
    )
