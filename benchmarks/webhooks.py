"""`webhooks`: the pump beside one Celery task for each delivery, to the same receiver in another process."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.request import urlopen

import psutil
from celery import Celery
from rich.console import Console

from b2b.environment import ROOT
from benchmarks.placing import Plan
from benchmarks.report import Figure, Target
from benchmarks.stage import Stage
from benchmarks.workers import Worker

ENDPOINTS: Final = 20
HANGING: Final = ENDPOINTS // 5
PUMPED: Final = 20_000
TASKS: Final = {"as_it_comes": 500, "tuned": 1_500}
INSIDE: Final = (sys.executable, "-m", "benchmarks.inside")
GIVE_UP_SECONDS: Final = 180.0

_EVENTS: Final = """
INSERT INTO core_event (tenant_id, sequence, event_id, type, occurred_at, data)
SELECT %(tenant)s, n + coalesce((SELECT max(sequence) FROM core_event WHERE tenant_id = %(tenant)s), 0),
       core_uuid7(), 'bet.placed', now(), jsonb_build_object(
           'betId', 'bet_01k00000000000000000000000', 'playerId', 'plr_01k00000000000000000000000',
           'reference', 'A-' || n, 'status', 'accepted', 'type', 'single', 'stake', '25.00',
           'currency', 'EUR', 'odds', '1.95', 'potentialPayout', '48.75',
           'placedAt', '2026-03-01T12:00:00.000Z',
           'legs', jsonb_build_array(jsonb_build_object(
               'fixtureId', 'fix_01k00000000000000000000000', 'outcomeId', 'out_01k00000000000000000000000')))
FROM generate_series(1, %(count)s) AS n
"""
_DELIVERIES: Final = """
INSERT INTO webhooks_delivery (id, tenant_id, endpoint_id, event_id, sequence, type, kind, subject, state,
                               attempts, attempts_before, next_at, created_at)
SELECT core_uuid7(), tenant_id, endpoint_id, event_id, sequence, type, 'event', '', 'pending', 0, 0,
       now() + sequence * interval '1 microsecond', now()
FROM core_event CROSS JOIN unnest(%(endpoints)s::uuid[]) AS endpoint_id
WHERE tenant_id = %(tenant)s AND type = 'bet.placed'
ORDER BY sequence LIMIT %(count)s
"""


def measure(folder: Path, plan: Plan, console: Console) -> list[Figure]:
    """Start a platform and measure on it."""
    stage = Stage(folder / "webhooks", B2B_WEBHOOK_ALLOW_NETS="127.0.0.0/8")
    try:
        stage.start()
        return _measure(stage, plan, console)
    finally:
        stage.stop()
        stage.remove()


def _measure(stage: Stage, plan: Plan, console: Console) -> list[Figure]:
    """Deliver with the pump, with tasks as Celery comes and with tuned ones, in turns; then beside some that
    hang.
    """
    with _sink() as origin:
        bench = _Bench(stage, origin)
        rounds = []
        for number in range(1, plan.rounds + 1):
            found = {f"pump {name}": value for name, value in bench.pump(bench.healthy + bench.spare).items()}
            for app, count in TASKS.items():
                found |= {f"{app} {name}": value for name, value in bench.tasks(app, count).items()}
            found["healthy alone"] = bench.pump(bench.healthy)["rate"]
            found["healthy beside hanging"] = bench.pump(bench.healthy, beside=bench.hanging)["rate"]
            rounds.append(found)
            shown = ", ".join(f"{name} {value:.3g}" for name, value in found.items())
            console.print(f"  round {number}: {shown}", highlight=False)
    return _figures(rounds)


def _figures(rounds: list[dict[str, float]]) -> list[Figure]:
    def of(name: str) -> float:
        return median(each[name] for each in rounds)

    def cheaper(app: str, what: str, limit: float) -> Figure:
        return Figure(
            name="webhooks",
            what=f"CPU of the pump for a delivery, beside {what}",
            value=of("pump ms"),
            unit="ms",
            baseline=of(f"{app} ms"),
            baseline_what=what,
            ratio=median(each[f"{app} ms"] / each["pump ms"] for each in rounds),
            target=Target(limit, "least"),
            rounds=rounds,
            notes=[
                f"with PostgreSQL's CPU: {of('pump all ms'):.2f} ms, {of(f'{app} all ms'):.1f} ms, "
                f"{of(f'{app} all ms') / of('pump all ms'):.1f} times"
            ],
        )

    return [
        cheaper("as_it_comes", "a Celery task each with requests, as it comes", 40),
        cheaper("tuned", "a Celery task each, connections kept", 15),
        Figure(
            name="webhooks",
            what=f"deliveries, {ENDPOINTS} endpoints, one pump",
            value=of("pump rate"),
            unit="/s",
            baseline=of("tuned rate"),
            baseline_what="a Celery task each, connections kept, 2 processes",
            target=Target(1000, "least", unit="/s"),
            rounds=rounds,
        ),
        Figure(
            name="webhooks",
            what=f"deliveries to {ENDPOINTS - HANGING} endpoints while {HANGING} others hang for 10 s",
            value=of("healthy beside hanging"),
            unit="/s",
            baseline=of("healthy alone"),
            baseline_what="the same without those that hang",
            ratio=median(each["healthy beside hanging"] / each["healthy alone"] for each in rounds),
            target=Target(0.6, "least"),
            rounds=rounds,
        ),
    ]


class _Bench:
    """A tenant's endpoints on the stage, all paused but while something is measured."""

    def __init__(self, stage: Stage, origin: str) -> None:
        self._stage, self._origin = stage, origin
        made = self._make_endpoints()
        self.healthy, self.spare = made[: ENDPOINTS - HANGING], made[ENDPOINTS - HANGING : ENDPOINTS]
        self.hanging = self.spare
        self._pump = psutil.Process(stage.pid_of("pump"))
        self._postgres = psutil.Process(stage.pid_of("postgres"))
        with stage.database() as connection:
            connection.execute(_EVENTS, {"tenant": self._tenant, "count": PUMPED // ENDPOINTS})

    def pump(self, endpoints: list[str], *, beside: list[str] | None = None) -> dict[str, float]:
        """Deliver by the pump; return deliveries a second and CPU in milliseconds for each."""
        count = PUMPED // ENDPOINTS * len(endpoints)
        self._queue(endpoints, count)
        self._point(self.spare, "/hang" if beside else "/hook")
        if beside:
            self._queue(beside, PUMPED // ENDPOINTS * len(beside))
        self._vacuum()
        self._ask("anew")
        before = self._cpu([self._pump])
        self._set_status([*endpoints, *(beside or [])], "active")
        told = self._wait(count)
        after = self._cpu([self._pump])
        self._set_status([*endpoints, *(beside or [])], "paused")
        self._clear()
        return self._result(count, told, before, after)

    def tasks(self, app: str, count: int) -> dict[str, float]:
        """Deliver by one task each; the same figures."""
        self._queue(self.healthy, count)
        with self._stage.database() as connection:
            found = connection.execute("SELECT id::text FROM webhooks_delivery ORDER BY sequence").fetchall()
            ids = [row[0] for row in found]
        self._vacuum()
        self._ask("anew")
        with self._worker(app) as worker:
            broker = Celery(app, broker=str(self._stage.state["broker_url"]))
            before = self._cpu([worker, *worker.children(recursive=True)])
            for delivery_id in ids:
                broker.send_task("deliver", args=[delivery_id], queue=app)
            told = self._wait(count)
            after = self._cpu([worker, *worker.children(recursive=True)])
        self._clear()
        return self._result(count, told, before, after)

    def _make_endpoints(self) -> list[str]:
        maker = Worker(
            [*INSIDE, "make-endpoints", str(ENDPOINTS), f"{self._origin}/hook"],
            self._stage.process_environment("api"),
        )
        maker.start()
        found = maker.result()
        self._tenant = found["tenantId"]
        return list(found["endpointIds"])

    def _queue(self, endpoints: list[str], count: int) -> None:
        with self._stage.database() as connection:
            connection.execute(_DELIVERIES, {"tenant": self._tenant, "endpoints": endpoints, "count": count})

    def _point(self, endpoints: list[str], path: str) -> None:
        with self._stage.database() as connection:
            connection.execute(
                "UPDATE webhooks_endpoint SET url = %s WHERE id = ANY (%s::uuid[])",
                [self._origin + path, endpoints],
            )

    def _set_status(self, endpoints: list[str], status: str) -> None:
        with self._stage.database() as connection:
            connection.execute(
                "UPDATE webhooks_endpoint SET status = %s WHERE id = ANY (%s::uuid[])", [status, endpoints]
            )

    def _vacuum(self) -> None:
        with self._stage.database() as connection:
            connection.execute("VACUUM ANALYZE")

    def _clear(self) -> None:
        """Wait until the pump has let go, then remove the deliveries."""
        deadline = time.monotonic() + 30
        with self._stage.database() as connection:
            while _one(connection, "SELECT EXISTS (SELECT FROM webhooks_delivery WHERE state = 'leased')"):
                if time.monotonic() > deadline:
                    raise RuntimeError("the pump does not let go")
                time.sleep(0.1)
            connection.execute("TRUNCATE webhooks_attempt, webhooks_delivery")

    def _wait(self, count: int) -> dict[str, float]:
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while (told := self._ask())["ok"] < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{told['ok']:.0f} of {count} deliveries came")
            time.sleep(0.1)
        with self._stage.database() as connection:
            while (
                _one(connection, "SELECT count(*) FROM webhooks_delivery WHERE state = 'delivered'") < count
                and time.monotonic() < deadline
            ):
                time.sleep(0.05)
        return told

    def _ask(self, what: str = "") -> dict[str, float]:
        with urlopen(f"{self._origin}/{what}", timeout=10) as answer:
            found: dict[str, float] = json.load(answer)
        return found

    def _cpu(self, processes: list[psutil.Process]) -> tuple[float, float]:
        """CPU seconds of the senders, and of PostgreSQL with its ended sessions."""
        server = self._postgres.cpu_times()
        ended = server.user + server.system + server.children_user + server.children_system
        living = sum(_seconds(each) for each in self._postgres.children())
        return sum(_seconds(each) for each in processes), ended + living

    @staticmethod
    def _result(
        count: int, told: dict[str, float], before: tuple[float, float], after: tuple[float, float]
    ) -> dict[str, float]:
        own, server = after[0] - before[0], after[1] - before[1]
        return {
            "rate": count / (told["last"] - told["first"]),
            "ms": own / count * 1000,
            "all ms": (own + server) / count * 1000,
        }

    @contextmanager
    def _worker(self, app: str) -> Iterator[psutil.Process]:
        log = self._stage.var.with_name(f"{app}.log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    sys.executable, "-m", "celery", "--app", f"benchmarks.webhook_tasks:{app}", "worker",
                    "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO",
                ],
                cwd=ROOT,
                env=self._stage.process_environment("jobs"),
                stdout=output,
                stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            deadline = time.monotonic() + 60
            while " ready." not in log.read_text("utf-8", "replace"):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the worker did not start: {log}")
                time.sleep(0.1)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


@contextmanager
def _sink() -> Iterator[str]:
    """Run the receiver; yield its origin."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    port = process.stdout.readline().split()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:  # a session that ended just now: its parent has the sum
        return 0.0
    return float(times.user + times.system)


def _one(connection: Any, statement: str) -> Any:
    return connection.execute(statement).fetchone()[0]
