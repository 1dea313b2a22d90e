"""What another result would move, as whoever approves it reads it, beside what it then does move."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.clock import now
from partners.models import Tenant
from sportsbook.models import Bet, Fixture
from sportsbook.queries.resettling import Moved, count_changed, list_moved
from sportsbook.queries.settling import list_result_markets
from sportsbook.services import resettling
from sportsbook.services.resettling import known_of_resettlement, request_resettlement
from sportsbook.services.results import enter_result, withdraw_result
from sportsbook.services.settling import statuses_by_outcome
from tests.approvals.makers import approve
from tests.makers.bets import MadePlayer, make_bettor, placed, settle_fixture
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import MadeFixture, make_fixture
from tests.makers.staff import log_in, make_user
from tests.office.commanding import HTMX, address
from tests.office.partner_pages import text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

SCORES = ((1, 0), (2, 1), (2, 2), (0, 3), (None, None))


def score(made: MadeFixture, home: int, away: int) -> None:
    """Enter a result as it is played and settle by it; committed."""
    with acting_as("b2b_jobs"):
        Fixture.objects.filter(pk=made.id).update(starts_at=now() - timedelta(hours=2))
        enter_result(fixture_id=made.id, home=home, away=away, entered_by="ada", entered_at=now())
    settle_fixture(made.id)


def what_if(made: MadeFixture, home: int | None, away: int | None) -> list[Moved]:
    """Return what would move, of as many bets as are counted."""
    wanted = statuses_by_outcome(list_result_markets(made.id), home, away)
    moved = list_moved(made.id, wanted)
    assert sum(each.bet_count for each in moved) == count_changed(made.id, wanted)
    return moved


def bet_on_everything(player: MadePlayer, made: MadeFixture) -> None:
    """Place a single on every outcome, and multiples with a fixture that is won, lost or open."""
    others = [make_fixture() for _ in range(3)]
    with acting_as("b2b_api"):
        for outcome in made.outcomes.values():
            placed(player, outcome, stake="1.37")
        for outcome in made.outcomes.values():
            for other in others:
                placed(player, [outcome, other.outcome()], stake="0.77")
        placed(
            player, [made.outcome("asian_handicap"), *(each.outcome() for each in others[:1])], stake="0.99"
        )
    score(others[0], 2, 0)
    score(others[1], 0, 1)


def paid(player: MadePlayer) -> dict[object, Decimal]:
    bets = Bet.objects.filter(player_id=player.id).values_list("pk", "payout")
    return {key: payout or Decimal(0) for key, payout in bets}


class TestListMoved:
    @pytest.mark.parametrize(("home", "away"), SCORES)
    def test_is_what_the_result_then_moves(self, home: int | None, away: int | None) -> None:
        made, player = make_fixture(), make_bettor(make_tenant())
        bet_on_everything(player, made)
        score(made, 1, 1)
        before = paid(player)
        (told,) = what_if(made, home, away)
        with acting_as("b2b_jobs"):
            if home is None or away is None:
                withdraw_result(fixture_id=made.id, entered_by="ada", entered_at=now(), reason="wrong")
            else:
                enter_result(fixture_id=made.id, home=home, away=away, entered_by="ada", entered_at=now())
        changed = settle_fixture(made.id)
        after = paid(player)
        grown = [after[key] - before[key] for key in before]
        assert (told.kind, told.currency, told.bet_count) == ("test", "EUR", changed)
        assert told.moved_count == sum(each != 0 for each in grown)
        assert told.paid_more == sum(each for each in grown if each > 0)
        assert told.taken_back == -sum(each for each in grown if each < 0)
        assert told.moved_count > 0

    def test_tells_worlds_and_currencies_apart(self) -> None:
        made = make_fixture()
        tenants: list[Tenant] = [make_tenant(), make_tenant("production")]
        with acting_as("b2b_api"):
            for tenant, currency in zip(tenants, ("EUR", "USD"), strict=True):
                placed(make_bettor(tenant, currency=currency), made.outcome(), stake="10.00")
        score(made, 1, 0)
        told = what_if(made, 0, 1)
        assert [(each.kind, each.currency, each.taken_back) for each in told] == [
            ("production", "USD", Decimal("21.00")),
            ("test", "EUR", Decimal("21.00")),
        ]


class TestRequest:
    def asked(self, made: MadeFixture) -> ApprovalRequest:
        return request_resettlement(
            fixture_id=made.id,
            home=0,
            away=1,
            reason="Wrong score of the feed",
            requested_by=make_user(roles=("trader",)),
            requested_at=now(),
        )

    def won(self) -> MadeFixture:
        """Return a fixture whose one bet, of 10.00 at 2.10, was won."""
        made = make_fixture()
        with acting_as("b2b_api"):
            placed(make_bettor(make_tenant()), made.outcome(), stake="10.00")
        score(made, 1, 0)
        return made

    def test_page_and_dialog_say_what_it_would_move(self) -> None:
        request = self.asked(self.won())
        browser = log_in(make_user(roles=("risk",)))
        page = text_of(browser, reverse("admin:approvals_approvalrequest_change", args=(request.pk,)))
        dialog = browser.get(address(ApprovalRequest, "approve", request.pk), headers=HTMX).content.decode()
        for text in (page, dialog):
            assert "Bets settled anew" in text
            assert "1, as they stand now" in text
            assert "Test, EUR" in text
            assert "1 bet is paid otherwise: 0.00 EUR paid out, 21.00 EUR taken back" in text

    def test_of_more_bets_than_are_summed_says_the_count_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        request = self.asked(self.won())
        monkeypatch.setattr(resettling, "SUMMED_MAX", 0)
        assert [row[:2] for row in known_of_resettlement(request)] == [
            ("Bets settled anew", "1: too many to sum up here what it pays out or takes back")
        ]

    def test_once_decided_it_says_nothing_of_what_would_be(self) -> None:
        made = self.won()
        request = self.asked(made)
        assert known_of_resettlement(request)
        approve(request, make_user(roles=("risk",)))
        request.refresh_from_db()
        assert known_of_resettlement(request) == []
