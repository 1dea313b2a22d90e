"""The command palette: what it says it finds it finds, and it says so when there is nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from core.ids import typeid, uuid7
from tests.office.makers import nobody, superuser, world

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def find(browser: Client, words: str) -> str:
    page: str = browser.get(reverse("admin:search"), {"s": words, "extended": "1"}).content.decode()
    return page


class TestFind:
    def test_finds_lists_and_partners_by_name(self) -> None:
        name = world().tenant.partner.name
        assert reverse("office-partner-overview", args=(world().tenant.partner_id,)) in find(
            superuser(), name[:-1].upper()
        )
        assert reverse("admin:sportsbook_bet_changelist") in find(superuser(), "bets")

    def test_finds_a_bet_by_its_reference_and_by_its_id(self) -> None:
        bet = world().single
        page = reverse("admin:sportsbook_bet_change", args=(bet.bet_id,))
        for words in (bet.reference, typeid("bet", bet.bet_id)):
            assert page in find(superuser(), words)
            assert page not in find(nobody(), words)

    def test_id_of_what_has_no_page_leads_to_what_is_searched_by_it(self) -> None:
        market = world().fixtures[0].markets["match_result"]
        outcome = market.outcomes.all()[0]
        assert reverse("admin:sportsbook_market_change", args=(market.pk,)) in find(
            superuser(), typeid("out", outcome.pk)
        )

    def test_says_that_nothing_is_found_where_its_frame_looks(self) -> None:
        for words in (typeid("bet", uuid7()), "no such <thing>", "b-"):
            page = find(superuser(), words)
            assert 'id="command-results-list"' in page
            assert "Nothing is found for" in page
            assert "<thing>" not in page

    def test_field_says_what_is_searched(self) -> None:
        page = superuser().get(reverse("admin:index")).content.decode()
        assert 'placeholder="Name, id, request id or reference"' in page
        assert "API requests by request id" in page
