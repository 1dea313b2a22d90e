"""A process of production refuses to start without being told what it cannot guess."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from b2b.environment import ROOT


def started(var: Path, **told: str) -> "subprocess.CompletedProcess[str]":
    """Read the settings in a process of production that has no state file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("B2B_")}
    return subprocess.run(
        [sys.executable, "-c", "import b2b.settings"],
        cwd=ROOT,
        env={**kept, "B2B_VAR": str(var), "B2B_MODE": "production", "B2B_PROCESS": "api", **told},
        capture_output=True,
        text=True,
        check=False,
    )


class TestApiUrl:
    def test_is_needed_where_partners_come_from_outside(self, tmp_path: Path) -> None:
        done = started(tmp_path, B2B_ALLOWED_HOSTS="127.0.0.1,api.example.com")

        assert done.returncode == 1
        assert "ImproperlyConfigured: B2B_API_URL must say" in done.stderr

    @pytest.mark.parametrize(
        "told",
        [
            {"B2B_ALLOWED_HOSTS": "api.example.com", "B2B_API_URL": "https://api.example.com"},
            {"B2B_ALLOWED_HOSTS": "127.0.0.1"},
            {"B2B_ALLOWED_HOSTS": "office.example.com", "B2B_PROCESS": "office"},
        ],
        ids=["told", "local", "office"],
    )
    def test_lets_start_who_has_it_or_needs_none(self, told: dict[str, str], tmp_path: Path) -> None:
        done = started(tmp_path, **told)

        assert done.returncode == 0, done.stderr
