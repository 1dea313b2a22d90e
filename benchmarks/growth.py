"""`growth`: CPU of a placement with a million bets in the table, beside the same with none.

Two platforms of the same code run side by side, one of them grown; a few seconds of placements go to each in
turn. What is compared is the CPU time of the web workers and of PostgreSQL's backends, from `/proc`.
"""

import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.console import Console

from benchmarks import load
from benchmarks.partner import Partner
from benchmarks.placing import Plan, refuse_refusals
from benchmarks.report import Figure, Target
from benchmarks.stage import Stage, cpu_seconds
from benchmarks.statements import execute_file, make_inputs

BETS: Final = 1_000_000
CHUNK: Final = 50_000
CLIENTS: Final = 4
SEALED_WITHIN_SECONDS: Final = 900.0


def measure(var: Path, plan: Plan, console: Console, *, bets: int = BETS) -> list[Figure]:
    """Start both platforms, fill one of them, and compare."""
    young, grown = Stage(var / "young", B2B_API_WORKERS="1"), Stage(var / "grown", B2B_API_WORKERS="1")
    try:
        partners = []
        for stage in (young, grown):
            stage.start()
            partner = Partner(stage)
            partner.settle_in()
            partners.append(partner)
        began = time.monotonic()
        fill(grown, partners[1], bets)
        console.print(f"  {bets:,} bets written in {time.monotonic() - began:.0f} s", highlight=False)
        for partner in partners:
            load.closed(partner.port, partner.place, load.placed_one, clients=CLIENTS, seconds=5)
        rounds = []
        for number in range(1, plan.rounds + 1):
            found: dict[str, float] = {}
            order = ("young", "grown") if number % 2 else ("grown", "young")
            for name in order:
                found |= _costs(name, partners[name == "grown"], plan.seconds)
            rounds.append(found)
            console.print(
                f"  round {number}: " + ", ".join(f"{k} {v:.3f}" for k, v in sorted(found.items())),
                highlight=False,
            )
    finally:
        for stage in (young, grown):
            stage.stop()
            stage.remove()
    return [_figure(rounds, bets)]


def fill(stage: Stage, partner: Partner, bets: int) -> None:
    """Write the bets with all that belongs to them; return when they are sealed and nothing is left to do."""
    load.closed(partner.port, partner.place, load.placed_one, clients=1, requests=1)
    with stage.database() as connection:
        while connection.execute("SELECT EXISTS (SELECT FROM core_outbox)").fetchone()[0]:  # type: ignore[index]
            time.sleep(0.1)
        make_inputs(connection, partner.tenant_id)
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        tenant = f"'{partner.tenant_id}'"
        execute_file(connection, "growth_make", tenant=tenant)
        for first in range(1, bets + 1, CHUNK):
            last = min(first + CHUNK - 1, bets)
            with connection.transaction():
                execute_file(connection, "growth_fill", tenant=tenant, first=first, last=last, total=bets)
        execute_file(connection, "growth_finish")
        connection.execute("VACUUM ANALYZE")
        _wait_until_sealed(connection)
        connection.execute("CHECKPOINT")


def _wait_until_sealed(connection: Any) -> None:
    left = (
        "SELECT (SELECT count(*) FROM wallet_journalentry) "
        "- (SELECT coalesce(sum(entry_count), 0) FROM wallet_seal)"
    )
    deadline = time.monotonic() + SEALED_WITHIN_SECONDS
    while connection.execute(left).fetchone()[0] > 0:
        if time.monotonic() > deadline:
            raise RuntimeError("the grown ledger was not sealed in time")
        time.sleep(1)


def _costs(name: str, partner: Partner, seconds: float) -> dict[str, float]:
    partner.renew_token()
    workers, backends = partner.stage.web_workers(), partner.stage.api_backends()
    before = cpu_seconds(workers), cpu_seconds(backends)
    done = load.closed(partner.port, partner.place, load.placed_one, clients=CLIENTS, seconds=seconds)
    refuse_refusals(done)
    web = (cpu_seconds(workers) - before[0]) / done.bets * 1000
    backend = (cpu_seconds(backends) - before[1]) / done.bets * 1000
    return {f"{name} web": web, f"{name} backend": backend, f"{name}": web + backend}


def _figure(rounds: list[dict[str, float]], bets: int) -> Figure:
    backend = median(each["grown backend"] / each["young backend"] for each in rounds)
    return Figure(
        name="growth",
        what=f"CPU of a placement with {bets:,} bets in the table",
        value=median(each["grown"] for each in rounds),
        unit="ms",
        baseline=median(each["young"] for each in rounds),
        baseline_what="the same with none",
        ratio=median(each["grown"] / each["young"] for each in rounds),
        target=Target(1.10, "most"),
        rounds=rounds,
        notes=[f"web worker and PostgreSQL's backend together; the backend alone: ratio {backend:.3f}"],
    )
