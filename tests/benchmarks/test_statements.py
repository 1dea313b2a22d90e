"""The benchmarks' baseline is honest: pgbench sends a placement's own statements, and each opens a bet."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.db import connection, connections

from b2b import environment
from benchmarks import pgbench
from benchmarks.statements import make_inputs, script
from core.models import Outbox
from core.tenancy import tenant
from sportsbook.models import Bet
from tests.makers.bets import MadePlayer, make_bettor, placed
from tests.makers.partners import make_tenant
from tests.makers.relays import number_all
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture

pytestmark = pytest.mark.usefixtures("committed")

INPUT_ROWS = 50


def plain(statement: str) -> str:
    """Return a statement with one space between words, without its end, and with all parameters alike."""
    words = " ".join(statement.split()).replace(" ;", ";").rstrip(";")
    return re.sub(r"(?<!:):[a-z_]+", "%s", words)


def sent_by(place: Callable[[], Any]) -> list[str]:
    """Return the statements that go to the database meanwhile."""
    statements: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(plain(sql))
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        place()
    return statements


@pytest.fixture
def player(superuser_url: str) -> Iterator[MadePlayer]:
    """A player whom pgbench places bets for, from a table of inputs."""
    player, fixture = make_bettor(make_tenant(), available="100000.00"), make_fixture()
    placed(player, fixture.outcome())
    with psycopg.connect(superuser_url, autocommit=True) as superuser:
        number_all(superuser)
        make_inputs(superuser, str(player.tenant_id), rows=INPUT_ROWS)
        yield player
        superuser.execute("DROP TABLE bench_input")


class TestScript:
    def test_is_what_the_service_sends_for_one_bet(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        placed(player, fixture.outcome())

        sent = sent_by(lambda: placed(player, fixture.outcome(name="away")))

        _, _, *statements = script().splitlines()
        assert [plain(each) for each in statements] == sent


@pytest.mark.slow
class TestRun:
    def test_opens_a_bet_with_its_events_in_every_transaction(self, player: MadePlayer) -> None:
        done = pgbench.run(api_url(), clients=2, seconds=1, input_rows=INPUT_ROWS)

        with tenant(player.tenant_id):
            assert Bet.objects.filter(tenant_id=player.tenant_id).count() == 1 + done.transactions
        with acting_as("b2b_jobs"):
            told = Outbox.objects.filter(tenant_id=player.tenant_id).values_list("type", flat=True)
            assert sorted(told) == sorted(["bet.placed", "balance.updated"] * done.transactions)

    def test_takes_the_time_for_the_inputs_out_of_the_rate(self, player: MadePlayer) -> None:
        done = pgbench.run(api_url(), clients=1, seconds=1, input_rows=INPUT_ROWS)

        assert done.rate > done.rate_with_inputs > 0

    def test_logs_each_latency_at_a_given_rate(self, player: MadePlayer) -> None:
        done = pgbench.run(api_url(), clients=1, seconds=1, rate=20, input_rows=INPUT_ROWS)

        assert 0 < len(done.latencies) < done.transactions
        assert 0 < done.percentile(0.5) <= done.percentile(0.99)


def api_url() -> str:
    """Log in to the test database as the api does."""
    url = urlsplit(environment.database_url("api"))
    return url._replace(path=f"/{quote(connections['default'].settings_dict['NAME'])}").geturl()
