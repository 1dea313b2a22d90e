"""The auditor's home says whether history holds, and since when nobody has looked."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from b2b.dashboard.history import verification_cards
from b2b.dashboard.parts import Viewer
from core.clock import now
from core.sealing.models import Verification
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.partner_pages import text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def noted(*, days_ahead: int, faults: tuple[str, ...] = ()) -> Verification:
    """Return a check of the ledger, later than those of other tests."""
    with acting_as("b2b_jobs"):
        return Verification.objects.create(
            chain="ledger",
            verified_at=now() + timedelta(days=days_ahead),
            summary="ledger: 1 entries",
            fault_count=len(faults),
            faults=list(faults),
        )


def ledger_card(browser: Client, *, days_ahead: int) -> tuple[str, bool, str]:
    request = browser.get(reverse("admin:index")).wsgi_request
    cards = verification_cards(Viewer(request, now() + timedelta(days=days_ahead)))
    card = next(each for each in cards if each.title.startswith("Ledger"))
    return card.figure, card.is_alarm, card.url


class TestCards:
    def test_say_what_the_last_check_found_and_lead_to_it(self) -> None:
        browser = log_in(make_user(roles=("auditor",)))
        with acting_as("b2b_owner"):
            Verification.objects.all().delete()
        noted(days_ahead=100)
        figure, is_alarm, url = ledger_card(browser, days_ahead=100)
        assert (figure, is_alarm) == ("Holds", False)
        assert "Holds" in text_of(browser, url)
        assert ledger_card(browser, days_ahead=102)[:2] == ("Check overdue", True)
        noted(days_ahead=103, faults=("seal 7: its digest differs",))
        figure, is_alarm, url = ledger_card(browser, days_ahead=103)
        assert (figure, is_alarm) == ("1 fault", True)
        assert "its digest differs" in text_of(browser, url)
        assert "office-card-alarm" in text_of(browser, reverse("admin:index"))

    def test_are_on_the_home_page_of_who_may_see_them_alone(self) -> None:
        assert "Ledger against its seals" in text_of(
            log_in(make_user(roles=("auditor",))), reverse("admin:index")
        )
        manager = log_in(make_user(roles=("account_manager",)))
        assert "against its seals" not in text_of(manager, reverse("admin:index"))
