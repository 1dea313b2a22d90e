"""A log record is one line, whatever a partner wrote into it. A process of its own logs, as in life."""

import json
import os
import subprocess
import sys

import pytest

from b2b.environment import ROOT

HOSTILE = ["a\nb", "a\r\nb", "a\x1b[31mb", "a\u2028b", "a\u0085b", "a\x00b", 'a", "level": "none']
PROGRAM = """
import json, logging, sys
import django, structlog
django.setup()
for text in json.loads(sys.argv[1]):
    structlog.get_logger("tests").info(f"said {text}", reference=text)
    logging.getLogger("tests").warning("said %s", text)
try:
    raise ValueError("first\\nsecond")
except ValueError:
    structlog.get_logger("tests").exception("failed")
"""


def written(log_format: str) -> list[str]:
    """The lines, split only at what ends a line of a file."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(HOSTILE)],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "b2b.settings",
            "B2B_LOG_FORMAT": log_format,
            "NO_COLOR": "1",
        },
        capture_output=True,
        check=True,
    )
    return done.stderr.decode().rstrip("\n").split("\n")


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return written("json")


class TestJson:
    def test_is_one_object_a_line(self, lines: list[str]) -> None:
        records = [json.loads(line) for line in lines]

        assert [record["level"] for record in records] == ["info", "warning"] * len(HOSTILE) + ["error"]

    def test_has_nothing_that_steers_a_terminal(self, lines: list[str]) -> None:
        assert all(line.isprintable() for line in lines)

    def test_keeps_a_traceback_in_its_record(self, lines: list[str]) -> None:
        assert "second" in json.dumps(json.loads(lines[-1])["exception"])


class TestText:
    def test_keeps_hostile_text_on_its_line(self) -> None:
        lines = written("console")

        assert all(line.isprintable() for line in lines)
        assert sum("said a" in line for line in lines) == 2 * len(HOSTILE)
        assert [number for number, line in enumerate(lines) if "[error" in line] == [2 * len(HOSTILE)]
