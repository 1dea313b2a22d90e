"""Placing and settling happen wholly or not at all, and a check that cannot be made is a check not passed.

Each fault is a real one in the database: a trigger that fails on one table, or a right that was taken away.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import psycopg
import pytest
from django.db import DatabaseError

from core.clock import now
from core.models import Outbox, Reference
from core.tenancy import tenant
from risk.models import DailyStake
from sportsbook.models import Bet, Leg, Settlement
from sportsbook.services.results import enter_result
from tests.makers.bets import MadePlayer, ask, bet_of, make_bettor, place, placed, settle_fixture, wallet_of
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from wallet.models import JournalEntry

pytestmark = pytest.mark.usefixtures("committed")

PLACING = (
    "core_reference",
    "sportsbook_bet",
    "sportsbook_leg",
    "risk_dailystake",
    "wallet_journalentry",
    "wallet_transfer",
    "wallet_balance",
    "core_outbox",
)
SETTLING = (
    "sportsbook_leg",
    "sportsbook_settlement",
    "wallet_journalentry",
    "wallet_transfer",
    "wallet_balance",
    "core_outbox",
    "sportsbook_bet",
)


@contextmanager
def failing(superuser_url: str, table: str) -> Iterator[None]:
    """Make every write to a table fail, after the row was written."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(
            "CREATE OR REPLACE FUNCTION fail_here() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'failed here'; END $$"
        )
        connection.execute(
            f"CREATE TRIGGER fails AFTER INSERT OR UPDATE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION fail_here()"
        )
        try:
            yield
        finally:
            connection.execute(f"DROP TRIGGER fails ON {table}")
            connection.execute("DROP FUNCTION fail_here()")


@contextmanager
def unreadable(superuser_url: str, table: str) -> Iterator[None]:
    """Take the right to read a table from everybody who places bets."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(f"REVOKE SELECT ON {table} FROM b2b_api, b2b_ledger")
        try:
            yield
        finally:
            connection.execute(f"GRANT SELECT ON {table} TO b2b_api, b2b_ledger")


def traces_of(player: MadePlayer) -> tuple[int, ...]:
    """Count what there is of a player's bets, in every table that a placement writes."""
    with tenant(player.tenant_id):
        counts = (
            Bet.objects.filter(player_id=player.id).count(),
            Leg.objects.filter(bet__player_id=player.id).count(),
            DailyStake.objects.filter(player_id=player.id).count(),
            JournalEntry.objects.filter(player_id=player.id).count(),
            Reference.objects.filter(kind="bet").count(),
            Settlement.objects.filter(bet__player_id=player.id).count(),
        )
    with acting_as("b2b_jobs"):
        return (*counts, Outbox.objects.filter(tenant_id=player.tenant_id).count())


class TestPlaceBet:
    @pytest.mark.parametrize("table", PLACING)
    def test_failure_at_any_table_leaves_no_trace(self, superuser_url: str, table: str) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        request, before = ask(player, fixture.outcome()), traces_of(player)

        with failing(superuser_url, table), pytest.raises(DatabaseError, match="failed here"):
            place(player, request)

        assert traces_of(player) == before
        assert wallet_of(player) == (Decimal(100), Decimal(0), Decimal(0))
        (answer,) = place(player, request)
        assert answer.bet is not None
        assert not answer.replayed

    @pytest.mark.parametrize(
        "table",
        ["risk_limit", "risk_dailystake", "partners_exchangerate", "wallet_player", "sportsbook_market"],
    )
    def test_check_that_cannot_be_made_accepts_nothing(self, superuser_url: str, table: str) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        request, before = ask(player, fixture.outcome()), traces_of(player)

        with unreadable(superuser_url, table), pytest.raises(DatabaseError, match="permission denied"):
            place(player, request)

        assert traces_of(player) == before


class TestSettleBet:
    @pytest.mark.parametrize("table", SETTLING)
    def test_failure_at_any_table_leaves_the_bet_open(self, superuser_url: str, table: str) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome())
        with acting_as("b2b_jobs"):
            enter_result(
                fixture_id=fixture.id, home=1, away=0, entered_by="test", entered_at=now(), rehearsal=True
            )
        before = traces_of(player)

        with failing(superuser_url, table), pytest.raises(DatabaseError, match="failed here"):
            settle_fixture(fixture.id)

        assert traces_of(player) == before
        assert bet_of(bet, player).status == "accepted"
        assert settle_fixture(fixture.id) == 1
        assert bet_of(bet, player).payout == bet.potential_payout
