"""`settle`: from a result to the last of 20,000 bets of one fixture, by the platform's two workers."""

import sys
import time
from statistics import median
from typing import Any, Final

from rich.console import Console

from benchmarks import load
from benchmarks.partner import BATCH_SIZE, Partner
from benchmarks.placing import BATCH_CLIENTS, Plan, refuse_refusals
from benchmarks.report import Figure, Target
from benchmarks.stage import Stage
from benchmarks.workers import Worker
from core.ids import parse_typeid

BETS: Final = 20_000
GIVE_UP_SECONDS: Final = 120.0


def measure(
    stage: Stage, partner: Partner, plan: Plan, console: Console, *, bets: int = BETS
) -> list[Figure]:
    """Place the bets over HTTP, enter the result, wait for the last bet; each round on another fixture."""
    rounds = []
    for number in range(1, plan.rounds + 1):
        fixture = partner.fixtures[number]
        partner.renew_token()
        placed = load.closed(
            partner.port,
            lambda on=fixture: partner.place_batch(on),  # type: ignore[misc]
            load.placed_many,
            clients=BATCH_CLIENTS,
            requests=bets // BATCH_SIZE,
        )
        refuse_refusals(placed)
        rounds.append(_settle(stage, fixture))
        console.print(
            f"  round {number}: {rounds[-1]['bets']:.0f} bets in {rounds[-1]['seconds']:.1f} s",
            highlight=False,
        )
    return [
        Figure(
            name="settle",
            what=f"bets settled, {bets:,} on one fixture, 2 workers",
            value=median(each["bets"] / each["seconds"] for each in rounds),
            unit="/s",
            target=Target(3000, "least", unit="/s"),
            rounds=rounds,
            notes=["from the call of enter_result to the mark that its last bet is settled"],
        )
    ]


def _settle(stage: Stage, fixture: str) -> dict[str, float]:
    entering = Worker(
        [sys.executable, "-m", "benchmarks.inside", "enter-result", fixture],
        stage.process_environment("jobs"),
    )
    fixture_id = parse_typeid("fix", fixture)
    with stage.database() as connection:
        while connection.execute("SELECT EXISTS (SELECT FROM core_outbox)").fetchone()[0]:  # type: ignore[index]
            time.sleep(0.1)
        connection.execute("VACUUM ANALYZE")
        (count,) = _one(connection, "SELECT count(*) FROM sportsbook_leg WHERE fixture_id = %s", fixture_id)
        entering.start()
        began = float(entering.result()["began"])
        # Said after the last bet, and cheap to ask: what this reads costs the platform no CPU.
        is_settled = "SELECT settled_number = 1 FROM sportsbook_fixture WHERE id = %s"
        while not _one(connection, is_settled, fixture_id)[0]:
            if time.time() - began > GIVE_UP_SECONDS:
                raise RuntimeError(f"the bets of {fixture} are not settled after {GIVE_UP_SECONDS:.0f} s")
            time.sleep(0.02)
        ended = time.time()
        (settled,) = _one(
            connection,
            "SELECT count(*) FROM sportsbook_bet b JOIN sportsbook_leg l ON l.bet_id = b.id "
            "WHERE l.fixture_id = %s AND b.payout IS NOT NULL AND b.revision = 1",
            fixture_id,
        )
    if settled != count:
        raise RuntimeError(f"{settled} of {count} bets are settled")
    return {"bets": float(settled), "seconds": ended - began}


def _one(connection: Any, statement: str, fixture_id: Any) -> Any:
    return connection.execute(statement, [fixture_id]).fetchone()
