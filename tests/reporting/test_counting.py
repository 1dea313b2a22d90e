"""What is counted is what the tables add up to, for every hour and tenant and to the last digit: after
settling and settling anew, with rows that come late, when a count is killed, repeated, or run by two at once.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from b2b import environment
from b2b.environment import ROOT
from core.clock import now
from partners.models import Tenant
from reporting.models import DailyBets, HourlyBets, Mark, PlatformBets, Source
from reporting.services.counting import count_activity
from reporting.services.recounting import recount
from sportsbook.services.results import enter_result, withdraw_result
from tests.makers.bets import MadePlayer, ask, make_bettor, place, placed, settle_fixture
from tests.makers.partners import make_tenant
from tests.makers.reporting import (
    RequestWriter,
    bets_counted,
    bets_that_happened,
    count_everything,
    requests_counted,
    requests_that_happened,
)
from tests.makers.roles import acting_as
from tests.makers.settlement import Settled, settle
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = pytest.mark.usefixtures("committed")

OLD = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def result(made: MadeFixture, home: int, away: int) -> None:
    """Enter a result and settle by it."""
    with acting_as("b2b_jobs"):
        enter_result(
            fixture_id=made.id, home=home, away=away, entered_by="Staff", entered_at=now(), rehearsal=True
        )
    settle_fixture(made.id)


def assert_exact(*tenants: Tenant) -> list[tuple[object, ...]]:
    """Check the hours of some tenants against their tables, and return them."""
    ids = [tenant.pk for tenant in tenants]
    counted = bets_counted(ids)
    assert counted == bets_that_happened(ids)
    assert requests_counted(ids) == requests_that_happened(ids)
    return counted


def total(tenant: Tenant, figure: str) -> Decimal:
    with acting_as("b2b_jobs"):
        return sum(
            map(Decimal, HourlyBets.objects.filter(tenant=tenant).values_list(figure, flat=True)), Decimal(0)
        )


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant()


@pytest.fixture
def player(tenant: Tenant) -> MadePlayer:
    return make_bettor(tenant, available="1000.00")


@pytest.fixture
def requests() -> Iterator[RequestWriter]:
    found = RequestWriter()
    yield found
    found.session.close()


class TestCountActivity:
    def test_counts_bets_in_the_hour_they_were_placed(self, tenant: Tenant, player: MadePlayer) -> None:
        pick = make_fixture().outcome()
        for stake in ("10.00", "0.10", "7.35"):
            placed(player, pick, stake=stake)
        count_everything()
        assert_exact(tenant)
        assert total(tenant, "bets_placed") == 3
        assert total(tenant, "stakes_placed") == Decimal("17.45")

    def test_counts_refused_bets_without_a_stake(self, tenant: Tenant, player: MadePlayer) -> None:
        (answer,) = place(player, ask(player, make_fixture().outcome(), stake="5000.00"))
        assert answer.refusal is not None
        count_everything()
        assert_exact(tenant)
        assert total(tenant, "bets_refused") == 1
        assert total(tenant, "stakes_placed") == 0

    def test_counts_what_was_settled_and_settled_anew(self, tenant: Tenant, player: MadePlayer) -> None:
        made = make_fixture()
        for name in ("home", "draw", "away"):
            placed(player, made.outcome(name=name), stake="10.00")
        result(made, 2, 1)
        count_everything()
        assert_exact(tenant)
        assert (total(tenant, "bets_settled"), total(tenant, "corrections")) == (Decimal(3), Decimal(0))
        assert total(tenant, "stakes_settled") == Decimal(30)
        first = total(tenant, "payouts")
        result(made, 0, 3)
        count_everything()
        assert_exact(tenant)
        assert (total(tenant, "bets_settled"), total(tenant, "corrections")) == (Decimal(3), Decimal(2))
        assert total(tenant, "payouts") != first
        with acting_as("b2b_jobs"):
            withdraw_result(fixture_id=made.id, entered_by="Staff", entered_at=now(), reason="Abandoned")
        settle_fixture(made.id)
        count_everything()
        assert_exact(tenant)
        assert total(tenant, "stakes_settled") == total(tenant, "payouts") == 0

    def test_adds_rows_that_come_late_to_their_own_hour(self, tenant: Tenant, player: MadePlayer) -> None:
        pick = make_fixture().outcome()
        placed(player, pick, stake="1.00")
        count_everything()
        place(player, ask(player, pick, stake="2.00"), placed_at=OLD)
        place(player, ask(player, pick, stake="3.00"), placed_at=OLD + timedelta(microseconds=1))
        count_everything()
        hours = {cell[1]: cell[7] for cell in assert_exact(tenant)}
        assert hours[OLD.replace(minute=0, second=0, microsecond=0)] == Decimal(2)
        assert hours[OLD.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)] == Decimal(3)

    def test_adds_what_commits_after_others_were_counted(
        self, tenant: Tenant, requests: RequestWriter
    ) -> None:
        with requests.session.transaction():
            requests.write(tenant, OLD, 503)
            other = RequestWriter()
            other.write(tenant, OLD)
            other.session.close()
            with acting_as("b2b_jobs"):
                count_activity(counted_at=now())
            assert requests_counted([tenant.pk]) == []
        count_everything()
        assert_exact(tenant)
        assert [cell[2:] for cell in requests_counted([tenant.pk])] == [("bets", 2, 0, 1)]

    def test_counts_requests_by_endpoint(self, tenant: Tenant, requests: RequestWriter) -> None:
        for status, path in ((200, "bets"), (409, "bets"), (500, "bets"), (200, "wallets"), (401, "wallets")):
            requests.write(tenant, now(), status, path)
        count_everything()
        assert_exact(tenant)
        assert sorted(cell[2:] for cell in requests_counted([tenant.pk])) == [
            ("bets", 3, 1, 1),
            ("wallets", 2, 1, 0),
        ]

    def test_what_a_rule_refused_is_a_request_and_no_error(
        self, tenant: Tenant, requests: RequestWriter
    ) -> None:
        for status, code in ((422, "NOT_ROUTED"), (422, "ODDS_CHANGED"), (409, "DUPLICATE"), (201, "")):
            requests.write(tenant, now(), status, code=code)
        count_everything()
        assert_exact(tenant)
        assert [cell[2:] for cell in requests_counted([tenant.pk])] == [("bets", 4, 1, 0)]

    def test_run_again_changes_nothing(self, tenant: Tenant, player: MadePlayer) -> None:
        placed(player, make_fixture().outcome())
        count_everything()
        before = assert_exact(tenant)
        count_everything()
        assert assert_exact(tenant) == before

    def test_two_at_once_count_once(self, tenant: Tenant, player: MadePlayer) -> None:
        made = make_fixture()
        for _ in range(5):
            placed(player, made.outcome(), allow_duplicate=True)

        def count(_: int) -> None:
            try:
                count_everything()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, range(4)))
        assert_exact(tenant)

    def test_all_grains_agree(self, tenant: Tenant, player: MadePlayer) -> None:
        made = make_fixture()
        placed(player, made.outcome(), stake="12.34")
        result(made, 1, 0)
        count_everything()
        with acting_as("b2b_jobs"):
            assert total(tenant, "payouts") == sum(
                DailyBets.objects.filter(tenant=tenant).values_list("payouts", flat=True)
            )
            for figure in ("bets_placed", "stakes_placed", "stakes_settled", "payouts"):
                hours = HourlyBets.objects.values_list(figure, flat=True)
                assert sum(hours) == sum(PlatformBets.objects.values_list(figure, flat=True)), figure


class TestAnyHistory:
    @settings(
        max_examples=12,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(data=st.data())
    def test_every_hour_of_every_tenant_is_exact(self, data: st.DataObject) -> None:
        tenants = [make_tenant() for _ in range(data.draw(st.integers(1, 3)))]
        made = make_fixture()
        players = [
            make_bettor(tenant, currency=currency, available="5000")
            for tenant in tenants
            for currency in ("EUR", "USD")
        ]
        for _ in range(data.draw(st.integers(3, 10))):
            act = data.draw(st.sampled_from(("bet", "late", "refused", "result", "count")))
            if act == "result":
                result(made, data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3)))
                made = make_fixture() if data.draw(st.booleans()) else made
            elif act == "count":
                with acting_as("b2b_jobs"):
                    count_activity(counted_at=now())
            else:
                player = data.draw(st.sampled_from(players))
                stake = "90000" if act == "refused" else str(data.draw(st.integers(1, 50)))
                name = data.draw(st.sampled_from(("home", "draw", "away")))
                at = now() - timedelta(minutes=data.draw(st.integers(1, 5000)) if act == "late" else 0)
                place(
                    player,
                    ask(player, made.outcome(name=name), stake=stake, allow_duplicate=True),
                    placed_at=at,
                )
        count_everything()
        assert_exact(*tenants)


@pytest.mark.slow
class TestKill:
    def test_count_that_is_killed_leaves_nothing_and_is_made_up_for(
        self, tenant: Tenant, player: MadePlayer, superuser_url: str
    ) -> None:
        placed(player, make_fixture().outcome())
        with psycopg.connect(superuser_url) as holder:
            # The count has written some of its figures, and waits here for the others.
            holder.execute("LOCK TABLE reporting_platformbets IN SHARE MODE")
            process = start_counting()
            try:
                wait_until_it_waits(superuser_url)
            finally:
                process.kill()
                process.wait()
            assert bets_counted([tenant.pk]) == []
            holder.rollback()
        count_everything()
        assert assert_exact(tenant)
        assert total(tenant, "bets_placed") == 1


class TestRecount:
    def test_finds_what_never_was_in_the_ledger(self, tenant: Tenant) -> None:
        settle(tenant, [Settled("10.00", "4.00", OLD), Settled("5.00", "0", now())])
        count_everything()
        assert total(tenant, "stakes_settled") == 0
        with acting_as("b2b_jobs"):
            recount(counted_at=now())
        count_everything()
        assert_exact(tenant)
        assert total(tenant, "stakes_settled") == Decimal(15)

    def test_makes_the_same_figures_again(
        self, tenant: Tenant, player: MadePlayer, requests: RequestWriter
    ) -> None:
        made = make_fixture()
        placed(player, made.outcome())
        place(player, ask(player, made.outcome(), stake="90000"))
        requests.write(tenant, now(), 404)
        result(made, 0, 1)
        count_everything()
        before = assert_exact(tenant)
        with acting_as("b2b_jobs"):
            recount(counted_at=now())
        count_everything()
        assert assert_exact(tenant) == before


class TestMark:
    def test_says_when_each_source_was_counted(self) -> None:
        began = now()
        count_everything()
        with acting_as("b2b_jobs"):
            assert all(Mark.objects.get(source=source).counted_at >= began for source in Source)


def start_counting() -> "subprocess.Popen[bytes]":
    """Count in a process of its own, with the login of the jobs."""
    url = urlsplit(environment.database_url("jobs"))
    database = urlunsplit(url._replace(path=f"/{quote(connection.settings_dict['NAME'])}"))
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import django; django.setup();"
            "from core.clock import now; from reporting.services.counting import count_activity;"
            "count_activity(counted_at=now())",
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "b2b.settings",
            "B2B_PROCESS": "jobs",
            "B2B_DATABASE_URL_JOBS": database,
        },
    )


def wait_until_it_waits(superuser_url: str) -> None:
    deadline = time.monotonic() + 30
    with psycopg.connect(superuser_url, autocommit=True) as looker:
        while time.monotonic() < deadline:
            found = looker.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted "
                "AND relation = 'reporting_platformbets'::regclass "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ).fetchone()
            if found and found[0]:
                return
            time.sleep(0.05)
    raise AssertionError("the count never came to the lock")
