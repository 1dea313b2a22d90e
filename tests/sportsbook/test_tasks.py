"""Settlement in the background: split over the workers, taken up again when it was lost."""

from datetime import timedelta

import pytest

from core.clock import now
from core.tenancy import tenant
from sportsbook import tasks
from sportsbook.models import Bet, Fixture
from sportsbook.queries.settling import list_unsettled_fixtures
from sportsbook.services.results import enter_result
from sportsbook.services.settling import split_settlement
from tests.makers.bets import ask, bet_of, make_bettor, place, placed
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = pytest.mark.usefixtures("committed")


def finish(fixture: MadeFixture) -> None:
    enter_result(fixture_id=fixture.id, home=1, away=0, entered_by="test", entered_at=now(), rehearsal=True)


def settled_number(fixture: MadeFixture) -> int:
    return Fixture.objects.get(id=fixture.id).settled_number


class TestSettleFixture:
    def test_small_fixture_is_settled_and_marked_by_one_task(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome())

        with acting_as("b2b_jobs"):
            finish(fixture)
            tasks.settle_fixture(fixture_id=str(fixture.id))

            assert settled_number(fixture) == 1
        assert bet_of(bet, player).status == "won"

    def test_bets_of_one_player_are_next_to_each_other(self) -> None:
        """Batches that run at the same time must not wait for one another's wallets."""
        house, fixture = make_tenant(), make_fixture()
        players = [make_bettor(house, available="1000.00") for _ in range(5)]
        for _ in range(5):
            for player in players:
                placed(player, fixture.outcome(), stake="1.00", allow_duplicate=True)

        with acting_as("b2b_jobs"):
            finish(fixture)
            batches = split_settlement(fixture.id, batch_size=20)
        with tenant(house.id):
            met = [
                set(Bet.objects.filter(id__in=batch.bet_ids).values_list("player_id", flat=True))
                for batch in batches
            ]

        assert [len(batch.bet_ids) for batch in batches] == [20, 5]
        assert [len(each) for each in met] == [4, 1]
        assert not met[0] & met[1]

    def test_last_batch_of_a_large_fixture_marks_it(self) -> None:
        player, fixture = make_bettor(make_tenant(), available="1000.00"), make_fixture()
        place(
            player,
            *[ask(player, fixture.outcome(), stake="1.00", allow_duplicate=True) for _ in range(25)],
        )

        with acting_as("b2b_jobs"):
            finish(fixture)
            batches = split_settlement(fixture.id, batch_size=10)
            for batch in batches:
                tasks.settle_bets(
                    tenant_id=str(batch.tenant_id),
                    fixture_id=str(fixture.id),
                    bet_ids=[str(bet_id) for bet_id in batch.bet_ids],
                    is_among_last=True,
                )

            assert len(batches) == 3
            assert settled_number(fixture) == 1
        with tenant(player.tenant_id):
            assert Bet.objects.filter(player_id=player.id, status="won").count() == 25


class TestSweepSettlements:
    def test_result_that_nobody_settled_is_found_once_it_counts_as_lost(self) -> None:
        fixture = make_fixture()

        with acting_as("b2b_jobs"):
            finish(fixture)

            assert fixture.id not in list_unsettled_fixtures(
                entered_before=now() - timedelta(seconds=30), count=10_000
            )
            assert fixture.id in list_unsettled_fixtures(entered_before=now(), count=10_000)
            tasks.settle_fixture(fixture_id=str(fixture.id))
            assert fixture.id not in list_unsettled_fixtures(entered_before=now(), count=10_000)
