"""A whole season over HTTP against a running platform: what `make demo` plays, to the cent.

The demo computes every payout, wallet and line of the statement by formulas of its own (`b2b/demo/`), and
ends with another code than 0 if the platform says otherwise.
"""

import csv
import os
import subprocess
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from b2b.environment import ROOT
from core.clock import now
from tests.contracts.events import faults_of
from tests.faults.checking import connect
from tests.running import Platform

REAL_SEASON = Path(
    os.environ.get("B2B_TEST_SEASON", ROOT.parent / "shared" / "data" / "football-data" / "E0-2025-26.csv")
)
PLAYED_WITHIN_SECONDS = 900
ADDS_UP = "Every payout, wallet, event and line of the statement is what was computed here."

pytestmark = pytest.mark.slow


def play(platform: Platform, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the demo as `make demo` does."""
    return subprocess.run(
        [sys.executable, "-m", "b2b.demo", *arguments],
        cwd=ROOT,
        env=platform.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=PLAYED_WITHIN_SECONDS,
    )


def exported_total(platform: Platform) -> tuple[Decimal, Decimal]:
    """Return the exported statement's total and the sum of its charges."""
    (path,) = (platform.var / "demo").glob("statement-*.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    (total,) = (Decimal(row["Commission"]) for row in rows if row["Record"] == "total")
    return total, sum((Decimal(row["Commission"]) for row in rows if row["Record"] == "charge"), Decimal(0))


def told_events(platform: Platform, *, since: datetime) -> list[tuple[str, dict[str, Any]]]:
    """Return every event of every tenant, as (type, data)."""
    with connect(platform, "jobs") as session:
        found = session.execute(
            "SELECT type, data FROM core_event WHERE occurred_at >= %s", [since]
        ).fetchall()
    assert found
    return [(kind, data) for kind, data in found]


class TestDemo:
    def test_plays_the_sample_season_to_the_cent_and_exports_its_statement(self, platform: Platform) -> None:
        began = now()

        played = play(platform)

        assert played.returncode == 0, played.stdout + played.stderr
        assert ADDS_UP in played.stdout
        total, charges = exported_total(platform)
        assert total == charges
        assert faults_of(told_events(platform, since=began)) == []

    def test_plays_the_season_anew_on_a_second_run(self, platform: Platform) -> None:
        played = play(platform, "--seed", "2")

        assert played.returncode == 0, played.stdout + played.stderr
        assert "(edition 2): 90 fixtures loaded" in played.stdout

    @pytest.mark.skipif(
        not os.access(REAL_SEASON, os.R_OK), reason=f"the real season is not there: {REAL_SEASON}"
    )
    def test_plays_a_real_season_to_the_cent(self, platform: Platform) -> None:
        played = play(platform, str(REAL_SEASON))

        assert played.returncode == 0, played.stdout + played.stderr
        assert ADDS_UP in played.stdout

    def test_says_plainly_when_no_platform_runs(self, tmp_path: Path) -> None:
        played = subprocess.run(
            [sys.executable, "-m", "b2b.demo"],
            cwd=ROOT,
            env={**os.environ, "B2B_VAR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

        assert played.returncode == 2
        assert "is the platform running?" in played.stderr
