"""A log record is one line, whatever a partner wrote into it. A process of its own logs, as in life."""

import json
import os
import subprocess
import sys

import pytest
from django.db import connection

from b2b.environment import ROOT

HOSTILE = ["a\nb", "a\r\nb", "a\x1b[31mb", "a\u2028b", "a\u0085b", "a\x00b", 'a", "level": "none']
PROGRAM = """
import json, logging, sys
import django, structlog
from django.db import DatabaseError, IntegrityError
django.setup()
for text in json.loads(sys.argv[1]):
    structlog.get_logger("tests").info(f"said {text}", reference=text)
    logging.getLogger("tests").warning("said %s", text)
said = (
    "a sentence that is broken\\nDETAIL:  Failing row contains (Ada\\n\\nLovelace, 1985-12-10)."
    "\\nCONTEXT:  COPY Ada"
)
try:
    try:
        raise IntegrityError(said)
    except IntegrityError as error:
        structlog.get_logger("tests").error("told", reason=str(error), error=error)
        logging.getLogger("tests").error("told %r", error)
        raise DatabaseError(*error.args)
except DatabaseError:
    structlog.get_logger("tests").exception("broken")
    logging.getLogger("tests").exception("broken")
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

        assert [record["level"] for record in records] == ["info", "warning"] * len(HOSTILE) + ["error"] * 5

    def test_has_nothing_that_steers_a_terminal(self, lines: list[str]) -> None:
        assert all(line.isprintable() for line in lines)

    def test_keeps_a_traceback_in_its_record(self, lines: list[str]) -> None:
        assert "second" in json.dumps(json.loads(lines[-1])["exception"])

    def test_tells_of_a_database_error_without_the_row(self, lines: list[str]) -> None:
        told = "\n".join(lines)

        assert "Ada" not in told
        assert "1985" not in told
        assert told.count("a sentence that is broken") >= 5
        assert told.count("DatabaseError") == 2


class TestText:
    def test_tells_of_a_database_error_without_the_row(self) -> None:
        told = "\n".join(written("console"))

        assert "Ada" not in told
        assert "1985" not in told
        assert "a sentence that is broken" in told
        assert "During handling of the above exception" in told

    def test_keeps_hostile_text_on_its_line(self) -> None:
        lines = written("console")

        lines = lines[: 2 * len(HOSTILE)]
        assert all(line.isprintable() for line in lines)
        assert sum("said a" in line for line in lines) == 2 * len(HOSTILE)
        assert not [line for line in lines if "[error" in line]


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed")
class TestServer:
    @pytest.mark.skipif("DATABASE_URL" in os.environ, reason="a server of your own")
    @pytest.mark.parametrize(
        ("name", "value"), [("log_error_verbosity", "terse"), ("log_min_error_statement", "panic")]
    )
    def test_logs_neither_rows_nor_statements_with_values(self, name: str, value: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {name}")
            assert cursor.fetchone() == (value,)
