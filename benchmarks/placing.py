"""`place`, `batch`, `latency` and `memory`: bets over HTTP beside pgbench with the same statements."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from rich.console import Console

from benchmarks import load, pgbench
from benchmarks.partner import Partner
from benchmarks.report import Figure, Target
from benchmarks.stage import Stage, cpu_seconds
from benchmarks.statements import make_inputs

CLIENTS: Final = 8
BATCH_CLIENTS: Final = 4
WARM_SECONDS: Final = 3.0
ALONE: Final = "pgbench, a placement's two statements, 8 clients"


@dataclass(frozen=True, slots=True)
class Plan:
    """How often and how long is measured."""

    rounds: int
    seconds: float


def measure(
    stage: Stage, partner: Partner, names: Collection[str], plan: Plan, console: Console
) -> list[Figure]:
    """Measure those of place, batch, latency and memory that are asked for, interleaved with pgbench."""
    partner.renew_token()
    load.closed(partner.port, partner.place, load.placed_one, clients=CLIENTS, seconds=WARM_SECONDS)
    with stage.database() as connection:
        _wait_until_announced(connection)
        make_inputs(connection, partner.tenant_id)
        connection.execute("VACUUM ANALYZE")
    _check_that_pgbench_places(stage, partner)
    rounds: list[dict[str, float]] = []
    for number in range(1, plan.rounds + 1):
        partner.renew_token()
        alone = pgbench.run(stage.api_database_url, clients=CLIENTS, seconds=plan.seconds)
        found = {"pgbench": alone.rate, "pgbench with inputs": alone.rate_with_inputs}
        found |= _place(stage, partner, plan)
        if "batch" in names:
            found |= _batch(partner, plan)
        if "memory" in names:
            found |= _memory(stage)
        rounds.append(found)
        console.print(f"  round {number}: {_told(found)}", highlight=False)
    half = median(each["place"] for each in rounds) / 2
    figures: dict[str, Callable[[], list[Figure]]] = {
        "place": lambda: [_place_figure(rounds)],
        "batch": lambda: [_batch_figure(rounds)],
        "latency": lambda: [_latency(stage, partner, plan, half, console)],
        "memory": lambda: [_memory_figure(rounds)],
    }
    return [figure for name, make in figures.items() if name in names for figure in make()]


def _place(stage: Stage, partner: Partner, plan: Plan) -> dict[str, float]:
    workers, backends = stage.web_workers(), stage.api_backends()
    before = cpu_seconds(workers), cpu_seconds(backends)
    done = load.closed(partner.port, partner.place, load.placed_one, clients=CLIENTS, seconds=plan.seconds)
    refuse_refusals(done)
    return {
        "place": done.rate,
        "place p50 ms": done.percentile(0.50),
        "place p99 ms": done.percentile(0.99),
        "web CPU ms": (cpu_seconds(workers) - before[0]) / done.bets * 1000,
        "backend CPU ms": (cpu_seconds(backends) - before[1]) / done.bets * 1000,
    }


def _batch(partner: Partner, plan: Plan) -> dict[str, float]:
    done = load.closed(
        partner.port, partner.place_batch, load.placed_many, clients=BATCH_CLIENTS, seconds=plan.seconds
    )
    refuse_refusals(done)
    return {"batch": done.rate, "batch p50 ms": done.percentile(0.50)}


def _memory(stage: Stage) -> dict[str, float]:
    found = [worker.memory_full_info() for worker in stage.web_workers()]
    return {
        "RSS MB": max(each.rss for each in found) / 2**20,
        "USS MB": max(each.uss for each in found) / 2**20,
        "PSS MB": max(each.pss for each in found) / 2**20,
    }


def _latency(stage: Stage, partner: Partner, plan: Plan, rate: float, console: Console) -> Figure:
    """Requests come at random moments, at the same rate for both; a latency counts from the due moment."""
    seconds = plan.seconds * 2
    rounds = []
    for number in range(1, plan.rounds + 1):
        partner.renew_token()
        alone = pgbench.run(stage.api_database_url, clients=CLIENTS, seconds=seconds, rate=rate)
        done = load.opened(
            partner.port, partner.place, load.placed_one, clients=CLIENTS, rate=rate, seconds=seconds
        )
        refuse_refusals(done)
        rounds.append(
            {
                "pgbench p99 ms": alone.percentile(0.99),
                "place p99 ms": done.percentile(0.99),
                "pgbench p50 ms": alone.percentile(0.50),
                "place p50 ms": done.percentile(0.50),
            }
        )
        console.print(f"  latency, round {number}: {_told(rounds[-1])}", highlight=False)
    ours, theirs = (median(each[name] for each in rounds) for name in ("place p99 ms", "pgbench p99 ms"))
    halves = [f"{median(each[name] for each in rounds):.1f}" for name in ("place p50 ms", "pgbench p50 ms")]
    return Figure(
        name="latency",
        what=f"p99 of POST /bets at {rate:.0f}/s, half of the rate of `place`",
        value=ours,
        unit="ms",
        baseline=theirs,
        baseline_what="pgbench --rate, p99 at the same rate",
        ratio=ours / theirs,
        target=Target(10, "most"),
        rounds=rounds,
        notes=[f"p50 {halves[0]} ms, pgbench's {halves[1]} ms"],
    )


def _place_figure(rounds: list[dict[str, float]]) -> Figure:
    web, backend, share = (
        median(values)
        for values in (
            [each["web CPU ms"] for each in rounds],
            [each["backend CPU ms"] for each in rounds],
            [each["place p99 ms"] for each in rounds],
        )
    )
    return Figure(
        name="place",
        what="POST /bets, one bet each, 8 clients",
        **_against_pgbench(rounds, "place"),
        target=Target(0.15, "least", aim=0.25),
        notes=[
            f"CPU of one placement: {web:.2f} ms in the web worker, {backend:.2f} ms in PostgreSQL's "
            f"backend; p99 {share:.0f} ms at full load",
            f"pgbench printed {median(each['pgbench with inputs'] for each in rounds):.0f}/s; the time it "
            "takes to read the inputs is taken out",
        ],
    )


def _batch_figure(rounds: list[dict[str, float]]) -> Figure:
    return Figure(
        name="batch",
        what=f"POST /bets/batch of 100, bets placed, {BATCH_CLIENTS} clients",
        **_against_pgbench(rounds, "batch"),
        target=Target(0.5, "least", aim=1.0),
        notes=[f"p50 of a batch {median(each['batch p50 ms'] for each in rounds):.0f} ms"],
    )


def _against_pgbench(rounds: list[dict[str, float]], name: str) -> dict[str, Any]:
    return {
        "value": median(each[name] for each in rounds),
        "unit": "/s",
        "baseline": median(each["pgbench"] for each in rounds),
        "baseline_what": ALONE,
        "ratio": median(each[name] / each["pgbench"] for each in rounds),
        "rounds": rounds,
    }


def _memory_figure(rounds: list[dict[str, float]]) -> Figure:
    unique, shared = (max(each[name] for each in rounds) for name in ("USS MB", "PSS MB"))
    return Figure(
        name="memory",
        what="RSS of the largest web worker, after load",
        value=max(each["RSS MB"] for each in rounds),
        unit="MB",
        target=Target(200, "most", unit=" MB"),
        notes=[f"USS {unique:.0f} MB, PSS {shared:.0f} MB"],
    )


def refuse_refusals(done: load.Load) -> None:
    """A load in which bets were refused measures something else."""
    refused = sum(done.refused.values())
    if refused > 0.005 * max(1, len(done.latencies)):
        raise RuntimeError(
            f"{refused} of {len(done.latencies)} answers were none that placed: {done.refused}"
        )


def _check_that_pgbench_places(stage: Stage, partner: Partner) -> None:
    """Each transaction of the baseline has to open a bet, or it would be faster than it may be."""
    with stage.database() as connection:
        before = _count_bets(connection)
        done = pgbench.run(stage.api_database_url, clients=CLIENTS, seconds=1)
        opened = _count_bets(connection) - before
    if opened != done.transactions:
        raise RuntimeError(f"pgbench opened {opened} bets in {done.transactions} transactions")


def _count_bets(connection: Any) -> int:
    return int(connection.execute("SELECT count(*) FROM sportsbook_bet").fetchone()[0])


def _wait_until_announced(connection: Any) -> None:
    """The relay has numbered everything, so that it is idle when the first round begins."""
    while connection.execute("SELECT EXISTS (SELECT FROM core_outbox)").fetchone()[0]:
        connection.execute("SELECT pg_sleep(0.1)")


def _told(found: dict[str, float]) -> str:
    return ", ".join(
        f"{name} {value:.0f}" if value >= 100 else f"{name} {value:.2f}" for name, value in found.items()
    )
