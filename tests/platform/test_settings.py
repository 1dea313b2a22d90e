"""A process of production refuses to start without being told what it cannot guess."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from b2b.environment import ROOT


def started(var: Path, *command: str, **told: str) -> "subprocess.CompletedProcess[str]":
    """Read the settings, or run a command, in a process of production that has no state file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("B2B_")}
    return subprocess.run(
        [sys.executable, *(command or ("-c", "import b2b.settings"))],
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
            {
                "B2B_ALLOWED_HOSTS": "office.example.com",
                "B2B_PROCESS": "office",
                "B2B_OFFICE_URL": "https://office.example.com",
                "B2B_API_URL": "https://api.example.com",
            },
        ],
        ids=["told", "local", "office"],
    )
    def test_lets_start_who_has_it_or_needs_none(self, told: dict[str, str], tmp_path: Path) -> None:
        done = started(tmp_path, **told)

        assert done.returncode == 0, done.stderr


class TestOffice:
    @pytest.mark.parametrize(
        ("told", "said"),
        [
            ({"B2B_ALLOWED_HOSTS": "office.example.com"}, "B2B_OFFICE_URL must say"),
            (
                {"B2B_ALLOWED_HOSTS": "office.example.com", "B2B_OFFICE_URL": "http://office.example.com"},
                "B2B_OFFICE_URL must say",
            ),
            ({"B2B_ALLOWED_HOSTS": "*", "B2B_OFFICE_URL": "https://office.example.com"}, "one by one"),
            (
                {"B2B_ALLOWED_HOSTS": ".example.com", "B2B_OFFICE_URL": "https://office.example.com"},
                "one by one",
            ),
            (
                {
                    "B2B_ALLOWED_HOSTS": "one.example.com",
                    "B2B_OFFICE_URL": "https://one.example.com",
                    "B2B_API_URL": "https://one.example.com",
                },
                "hostname of its own",
            ),
        ],
    )
    def test_does_not_start_without_a_name_of_its_own(
        self, told: dict[str, str], said: str, tmp_path: Path
    ) -> None:
        done = started(tmp_path, B2B_PROCESS="office", **told)

        assert done.returncode == 1
        assert said in done.stderr


class TestProduction:
    @pytest.mark.slow
    @pytest.mark.parametrize("process", ["api", "office"])
    def test_passes_the_checks_of_a_deployment_without_a_warning(self, process: str, tmp_path: Path) -> None:
        told = {
            "B2B_PROCESS": process,
            "B2B_ALLOWED_HOSTS": f"{process}.example.com",
            "B2B_API_URL": "https://api.example.com",
            "B2B_OFFICE_URL": "https://office.example.com",
            "B2B_SECRET_KEY": "k9" * 40 + "abcdefghij",
        }
        done = started(tmp_path, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **told)

        assert done.returncode == 0, done.stderr

    def test_never_shows_a_traceback(self, tmp_path: Path) -> None:
        done = started(tmp_path, "-c", "from b2b import settings; assert settings.DEBUG is False")

        assert done.returncode == 0, done.stderr


class TestPasswords:
    def test_are_hashed_with_all_the_work_that_django_asks(self, tmp_path: Path) -> None:
        program = (
            "import django; django.setup(); from django.contrib.auth import hashers as h; "
            "kept = h.get_hasher(); print(type(kept).__qualname__, kept.work_factor, kept.parallelism)"
        )

        told = {"B2B_ALLOWED_HOSTS": "127.0.0.1", "DJANGO_SETTINGS_MODULE": "b2b.settings"}

        done = started(tmp_path, "-c", program, **told)

        assert done.stdout.split() == ["ScryptPasswordHasher", "16384", "5"], done.stderr
