"""Whatever is killed, frozen or taken away under load: nothing that was acknowledged is lost, nothing is done
twice, and half a minute later all is as before.

The clients keep their own journal, on disk; it is held against the platform when the fault is over.
"""

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import injecting
from tests.faults.checking import collect, connect, find_faults, tail, verify_history
from tests.faults.load import Load, Partner, make_bet, repeat, resolve, seconds_until_calm, send_batch
from tests.running import Platform

pytestmark = pytest.mark.slow

CALM_WITHIN_SECONDS = 30.0
FAULTS: list[Callable[[Platform], None]] = [
    injecting.kill_api_worker,
    injecting.kill_every_api_worker,
    injecting.kill_relay,
    injecting.kill_backend,
    injecting.kill_postgres,
    injecting.kill_valkey,
    injecting.empty_valkey,
    injecting.freeze_api_worker,
]


def assert_nothing_is_wrong(partner: Partner, *, repeated_at_most: int | None = None) -> None:
    """Heal, settle, repeat what was asked, and hold the journal against the platform."""
    resolve(partner)
    injecting.wait_for_readiness(partner.platform, "ready")
    partner.enter_results()
    repeat(partner, at_most=repeated_at_most)
    wait_for_feed(partner)
    writes = partner.journal.writes()
    evidence = collect(partner, history_faults=verify_history(partner.platform))
    faults = find_faults(writes, evidence, vips=partner.vips)
    assert not faults, "\n".join([*faults[:20], f"{len(faults)} faults", tail(partner.platform.log)])
    outcomes = {write.outcome for write in writes.values()}
    assert outcomes == {"ok", "refused"}, "the load must have had both"


def wait_for_feed(partner: Partner) -> None:
    """Return when every event that was announced has its number."""
    deadline = time.monotonic() + CALM_WITHIN_SECONDS
    with connect(partner.platform) as database:
        while database.execute("SELECT 1 FROM core_outbox LIMIT 1").fetchone():
            assert time.monotonic() < deadline, "the outbox does not drain"
            time.sleep(0.1)


class TestFault:
    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
    def test_loses_and_doubles_nothing_that_was_acknowledged(
        self, platform: Platform, folder: Path, fault: Callable[[Platform], None]
    ) -> None:
        partner = Partner(platform, folder)
        with Load(partner, seed=FAULTS.index(fault)):
            time.sleep(1.5)
            fault(platform)
            time.sleep(1.5)
            took = seconds_until_calm(partner, within=CALM_WITHIN_SECONDS)
        assert took < CALM_WITHIN_SECONDS, tail(platform.log)
        assert_nothing_is_wrong(partner)


class TestValkeyAway:
    def test_bets_go_on_and_health_says_that_requests_are_not_counted(
        self, platform: Platform, folder: Path
    ) -> None:
        partner = Partner(platform, folder)
        with injecting.frozen(platform.names()["valkey"]), Load(partner, seed=100):
            said = injecting.wait_for_readiness(platform, "degraded")
            parts = said["parts"]
            assert isinstance(parts, dict)
            assert parts["database"] == {"status": "ok"}
            assert parts["cache"] == {
                "status": "unavailable",
                "note": "rate limits fail open: requests are not counted",
            }
            before = len(partner.journal.writes())
            _stake_past_the_limit(partner)
            time.sleep(3)
            writes = partner.journal.writes()
        during = list(writes.values())[before:]
        assert sum(write.outcome == "ok" and write.kind == "bet" for write in during) >= 5
        assert seconds_until_calm(partner, within=CALM_WITHIN_SECONDS) < CALM_WITHIN_SECONDS
        codes = {write.answer.body.get("code") for write in during if write.outcome == "refused"}
        assert "DAILY_LIMIT_EXCEEDED" in codes, "risk limits never fail open"
        assert_nothing_is_wrong(partner)


class TestSettlement:
    @pytest.mark.parametrize(
        "fault", [injecting.kill_celery_children, injecting.kill_celery], ids=lambda fault: fault.__name__
    )
    def test_killed_in_the_middle_pays_each_bet_once(
        self, platform: Platform, folder: Path, fault: Callable[[Platform], None]
    ) -> None:
        partner = Partner(platform, folder)
        _place_many(partner)
        with connect(platform) as database, database.transaction():
            database.execute(
                "SELECT FROM wallet_balance WHERE tenant_id = %s FOR UPDATE", [partner.tenant_id]
            )
            partner.enter_results(wait=False)
            _wait_until_settling(platform)
            fault(platform)
        assert_nothing_is_wrong(partner)

    def test_frozen_in_the_middle_and_overtaken_pays_each_bet_once(
        self, platform: Platform, folder: Path
    ) -> None:
        """The zombie: a worker that goes on with an old decision after others have settled its bets."""
        partner = Partner(platform, folder)
        _place_many(partner)
        with connect(platform) as database, database.transaction():
            database.execute(
                "SELECT FROM wallet_balance WHERE tenant_id = %s FOR UPDATE", [partner.tenant_id]
            )
            partner.enter_results(wait=False)
            _wait_until_settling(platform)
            children = injecting.worker_processes(platform)
            for child in children:
                child.suspend()
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE %s AND usename = 'b2b_jobs'",
                [f"%{SETTLE}%"],
            )
        settled = platform.clerk.manage("shell", "--no-imports", "-c", SETTLE_ALL)
        for child in children:
            child.resume()
        assert settled.returncode == 0, settled.stderr
        assert_nothing_is_wrong(partner)


SETTLE = "sportsbook_settle_bets"
SETTLE_ALL = """
from core.clock import now
from sportsbook.queries.settling import list_unsettled_fixtures
from sportsbook.services.settling import settle_batch, split_settlement
for fixture_id in list_unsettled_fixtures(entered_before=now(), count=500):
    for batch in split_settlement(fixture_id):
        settle_batch(batch=batch, settled_at=now())
"""


def _stake_past_the_limit(partner: Partner) -> None:
    """More than a vip may stake in a day, in one request."""
    chance = random.Random(101)
    bets = [make_bet(partner, chance) | {"playerId": partner.vips[0], "stake": "5.00"} for _ in range(30)]
    send_batch(partner.http, partner.journal, bets)


def _place_many(partner: Partner) -> None:
    with Load(partner, seed=200):
        time.sleep(1.5)
    chance = random.Random(201)
    for _ in range(2):
        send_batch(partner.http, partner.journal, [make_bet(partner, chance) for _ in range(100)])


def _wait_until_settling(platform: Platform, *, seconds: float = 30.0) -> None:
    """Return once a settlement waits for a wallet, in the middle of its transaction."""
    deadline = time.monotonic() + seconds
    with connect(platform) as database:
        while not database.execute(
            "SELECT 1 FROM pg_stat_activity WHERE usename = 'b2b_jobs' AND wait_event_type = 'Lock' "
            "AND query LIKE %s",
            [f"%{SETTLE}%"],
        ).fetchone():
            assert time.monotonic() < deadline, "no settlement began"
            time.sleep(0.02)
