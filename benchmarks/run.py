"""Everything in its order: a platform, the benchmarks that were asked for, the table."""

import argparse
import logging
import os
import subprocess
from pathlib import Path
from typing import Final

from rich.console import Console

from b2b.environment import var_dir
from b2b.supervisor.binaries import find_binaries
from benchmarks import growth, ledger, office, placing, settling, streaming, webhooks
from benchmarks.machine import describe
from benchmarks.partner import Partner
from benchmarks.placing import Plan
from benchmarks.report import Figure, show, write_json
from benchmarks.stage import Stage

NAMES: Final = (
    "place",
    "batch",
    "latency",
    "memory",
    "ledger",
    "settle",
    "growth",
    "office",
    "stream",
    "webhooks",
)
PLACING: Final = frozenset(("place", "batch", "latency", "memory"))
OWN_STAGE: Final = frozenset(("growth", "office", "webhooks"))
"""Those that start platforms of their own."""


def main() -> int:
    """Measure what the command line names, one after the other, on platforms of our own."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the platform against baselines.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(NAMES)}")
    parser.add_argument("--rounds", type=int, default=5, help="the median of so many counts (5)")
    parser.add_argument("--seconds", type=float, default=8, help="what each measurement of a round lasts (8)")
    options = parser.parse_args()
    if unknown := sorted(set(options.names) - set(NAMES)):
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return run(frozenset(options.names or NAMES), Plan(rounds=options.rounds, seconds=options.seconds))


def run(names: frozenset[str], plan: Plan) -> int:
    """Measure, show, write down."""
    console = Console(soft_wrap=True)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    load_before = os.getloadavg()[0]
    folder = var_dir() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    if names - OWN_STAGE:
        figures += _on_one_stage(folder, names, plan, console)
    if "growth" in names:
        console.print("[bold]growth[/bold]")
        figures += growth.measure(folder, plan, console)
    if "office" in names:
        console.print("[bold]office[/bold]")
        figures += office.measure(folder, console)
    if "webhooks" in names:
        console.print("[bold]webhooks[/bold]")
        figures += webhooks.measure(folder, plan, console)
    machine = describe(_server_version(), load_before)
    show(figures, machine, console=console)
    console.print(f"\nWritten to {write_json(figures, machine, folder)}", highlight=False)
    return int(any(figure.verdict == "misses" for figure in figures))


def _on_one_stage(folder: Path, names: frozenset[str], plan: Plan, console: Console) -> list[Figure]:
    """Measure what needs a running platform and a partner, on one platform."""
    figures: list[Figure] = []
    stage = Stage(folder / "platform")
    try:
        console.print(f"The platform started in {stage.start():.1f} s, with data made anew.", highlight=False)
        partner = Partner(stage)
        partner.settle_in()
        if names & PLACING:
            console.print("[bold]placing[/bold]")
            figures += placing.measure(stage, partner, names, plan, console)
        if "settle" in names:
            console.print("[bold]settle[/bold]")
            figures += settling.measure(stage, partner, plan, console)
        if "stream" in names:
            console.print("[bold]stream[/bold]")
            figures += streaming.measure(stage, folder, plan, console)
        if "ledger" in names:
            console.print("[bold]ledger[/bold]")
            figures += ledger.measure(stage, plan, console)
    finally:
        stage.stop()
        stage.remove()
    return figures


def _server_version() -> str:
    """Return the version of the PostgreSQL that the platform starts."""
    told = subprocess.run(
        [find_binaries().postgres / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip().rpartition(" ")[2] or "?"
