"""Results, markets and players by the office's buttons: one service each, one record each."""

import pytest

from sportsbook.models import Bet, Fixture, Market
from tests.makers.bets import make_bettor, placed, settle_fixture
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from tests.office.commanding import address, new_records, run
from tests.office.makers import make_staff
from wallet.models import Player

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestResults:
    def test_result_entered_by_hand_settles_the_bets(self) -> None:
        tenant = make_tenant()
        made = make_fixture()
        with acting_as("b2b_jobs"):
            bet = placed(make_bettor(tenant), made.outcome("match_result", "home"), stake="10.00")
        browser = make_staff("sportsbook.add_result", "sportsbook.view_fixture")
        answer = run(browser, Fixture, "enter_result", made.id, home="2", away="1", rehearsal="on")
        assert answer.headers["HX-Redirect"] == address(Fixture, "change", made.id)
        assert settle_fixture(made.id) == 1
        assert Bet.objects.get(pk=bet.bet_id).status == "won"
        assert new_records(made.fixture) == ["enter result"]
        run(browser, Fixture, "withdraw_result", made.id, reason="Wrong match")
        settle_fixture(made.id)
        assert Bet.objects.get(pk=bet.bet_id).status == "accepted"
        assert new_records(made.fixture) == ["enter result", "withdraw result"]

    def test_result_before_kick_off_is_refused_in_the_dialog(self) -> None:
        made = make_fixture()
        answer = run(make_staff(is_superuser=True), Fixture, "enter_result", made.id, home="2", away="1")
        assert "not kicked off yet" in answer.content.decode()
        assert 'role="alert"' in answer.content.decode()
        assert new_records(made.fixture) == []

    def test_correction_needs_a_reason(self) -> None:
        made = make_fixture()
        browser = make_staff(is_superuser=True)
        run(browser, Fixture, "enter_result", made.id, home="2", away="1", rehearsal="on")
        answer = run(browser, Fixture, "enter_result", made.id, home="3", away="1", rehearsal="on")
        assert "Say why" in answer.content.decode()
        assert new_records(made.fixture) == ["enter result"]

    def test_market_is_suspended_and_opened(self) -> None:
        market = make_fixture().markets["total_goals"]
        browser = make_staff("sportsbook.change_market", "sportsbook.view_market")
        run(browser, Market, "suspend", market.pk)
        market.refresh_from_db()
        assert market.status == "suspended"
        run(browser, Market, "reopen", market.pk)
        market.refresh_from_db()
        assert market.status == "open"
        assert len(new_records(market)) == 2


class TestPlayers:
    def test_suspended_and_reinstated_with_a_reason(self) -> None:
        tenant = make_tenant()
        with acting_as("b2b_jobs"):
            player = Player.objects.get(pk=make_bettor(tenant).id)
        browser = make_staff("wallet.change_player", "wallet.view_player")
        run(browser, Player, "suspend", player.pk, reason="Asked by the partner")
        player.refresh_from_db()
        assert player.status == "suspended"
        run(browser, Player, "reinstate", player.pk, reason="Asked by the partner")
        player.refresh_from_db()
        assert player.status == "active"
        assert new_records(player) == ["change player", "change player"]
