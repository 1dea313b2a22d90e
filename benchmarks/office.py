"""`office`: every list of the office with its filters and searches, over a million bets and requests.

The pages are asked for inside a process with the office's own settings and login: what counts is the server's
time and its queries, for an auditor, who sees all, for support, and for the account manager of the largest
partner and of small ones.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console

from b2b.environment import ROOT
from benchmarks.report import Figure, Target
from benchmarks.stage import Stage
from benchmarks.statements import execute_file
from benchmarks.workers import Worker

VOLUME: Final = {
    "partners": 1_000,
    "managers": 20,
    "players": 100_000,
    "fixtures": 3_000,
    "bets": 1_000_000,
    "requests": 1_000_000,
    "records": 200_000,
    "seals": 20_000,
}
PEOPLE: Final = {
    "auditor": "bench-auditor1",
    "support": "bench-support1",
    "risk": "bench-risk1",
    "finance": "bench-finance_maker1",
    "account manager, largest partner": "bench-account_manager2",
    "account manager, small partners": "bench-account_manager1",
}
MILLISECONDS_MAX: Final = 300.0
QUERIES_MAX: Final = 14
SHOWN: Final = 5


def measure(
    var: Path, console: Console, *, volume: dict[str, int] = VOLUME, people: dict[str, str] = PEOPLE
) -> list[Figure]:
    """Fill a database of its own and ask for every page as each of the people."""
    stage = Stage(var / "office")
    try:
        stage.start("servers")
        began = time.monotonic()
        fill(stage, volume)
        console.print(
            f"  {volume['bets']:,} bets written in {time.monotonic() - began:.0f} s", highlight=False
        )
        figures = []
        for who, username in people.items():
            figures += _figures(who, _pages(stage, username))
    finally:
        stage.stop()
        stage.remove()
    return figures


def fill(stage: Stage, volume: dict[str, int]) -> None:
    """Write the rows as a year of business would leave them, and count the dashboards' figures."""
    _manage(stage, "seed_roles")
    with stage.database() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        for name in ("office_partners", "office_bets", "office_records"):
            execute_file(connection, name, **volume)
        connection.execute("VACUUM ANALYZE")
    _manage(stage, "recount_activity")


def _manage(stage: Stage, command: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", command], cwd=ROOT, env=stage.process_environment("jobs"), check=True
    )


def _pages(stage: Stage, username: str) -> list[dict[str, Any]]:
    asking = Worker(
        [sys.executable, "-m", "benchmarks.office_pages", username], stage.process_environment("office")
    )
    asking.start()
    found: list[dict[str, Any]] = asking.result()["pages"]
    return found


def _figures(who: str, pages: list[dict[str, Any]]) -> list[Figure]:
    slowest = sorted(pages, key=lambda page: -page["milliseconds"])
    most = sorted(pages, key=lambda page: -page["queries"])
    return [
        Figure(
            name=f"office, {who}",
            what=f"the slowest of {len(pages)} pages, files to their first row",
            value=slowest[0]["milliseconds"],
            unit="ms",
            target=Target(MILLISECONDS_MAX, "most", unit=" ms"),
            notes=[
                f"median {median(page['milliseconds'] for page in pages):.0f} ms; slowest: "
                + ", ".join(f"{page['name']} {page['milliseconds']:.0f} ms" for page in slowest[:SHOWN])
            ],
        ),
        Figure(
            name=f"office, {who}",
            what="queries of the page with the most",
            value=most[0]["queries"],
            unit="queries",
            target=Target(QUERIES_MAX, "most"),
            notes=[", ".join(f"{page['name']} {page['queries']}" for page in most[:SHOWN])],
        ),
    ]
