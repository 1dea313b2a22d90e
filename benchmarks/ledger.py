"""`ledger`: `wallet.services.post_entry` beside django-hordak's transfers, on the same server."""

import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import psycopg
from rich.console import Console

from b2b import bootstrap
from b2b.environment import ROOT
from benchmarks.partner import PLAYERS
from benchmarks.placing import Plan
from benchmarks.report import Figure, Target
from benchmarks.stage import Stage
from benchmarks.workers import Worker, rate_of

PROCESSES: Final = 4
HERE: Final = Path(__file__).resolve().parent
VENV: Final = HERE / ".venv"
DATABASE: Final = "hordak"


def measure(stage: Stage, plan: Plan, console: Console) -> list[Figure]:
    """Post with four processes each in turn."""
    python = install_rival(console)
    url = make_rival_database(stage, python)
    for each in (stage.superuser_url, url):
        with psycopg.connect(each, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    rounds = []
    for number in range(1, plan.rounds + 1):
        theirs = rate_of(
            [
                Worker(
                    [python, HERE / "rival" / "transfer.py", str(seed), str(plan.seconds)],
                    rival_environment(url),
                )
                for seed in range(PROCESSES)
            ]
        )
        ours = rate_of(
            [
                Worker(
                    [sys.executable, "-m", "benchmarks.inside", "post-entries", str(seed), str(plan.seconds)],
                    stage.process_environment("api"),
                )
                for seed in range(PROCESSES)
            ]
        )
        rounds.append({"post_entry": ours, "django-hordak": theirs})
        console.print(f"  round {number}: post_entry {ours:.0f}, django-hordak {theirs:.0f}", highlight=False)
    return [
        Figure(
            name="ledger",
            what=f"wallet.services.post_entry, {PROCESSES} processes",
            value=median(each["post_entry"] for each in rounds),
            unit="/s",
            baseline=median(each["django-hordak"] for each in rounds),
            baseline_what="django-hordak, Account.transfer_to",
            ratio=median(each["post_entry"] / each["django-hordak"] for each in rounds),
            target=Target(2, "least", aim=5),
            rounds=rounds,
        )
    ]


def install_rival(console: Console) -> Path:
    """Make the rival's own environment, once for each set of pins, and return its Python."""
    bootstrap.VENV, bootstrap.VENV_PYTHON = VENV, VENV / "bin" / "python"
    console.print("  django-hordak has an environment of its own, benchmarks/.venv")
    bootstrap.make_environment()
    bootstrap.install("benchmarks/requirements.txt", stamp=VENV / "installed")
    return bootstrap.VENV_PYTHON


def make_rival_database(stage: Stage, python: Path) -> str:
    """Make django-hordak's tables and accounts in a database of their own, and return its URL."""
    with stage.database() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
    url = stage.database_url(DATABASE)
    subprocess.run(
        [python, HERE / "rival" / "prepare.py", str(PLAYERS)],
        cwd=ROOT,
        env=rival_environment(url),
        check=True,
    )
    return url


def rival_environment(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(HERE / "rival"),
        "DJANGO_SETTINGS_MODULE": "rival_settings",
        "RIVAL_DATABASE": parts.geturl(),
    }
