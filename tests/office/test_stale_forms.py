"""A form that was opened before somebody else changed the row undoes nobody's change unseen."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.clock import now
from partners.models import Partner
from partners.onboarding import services
from partners.onboarding.models import Company
from partners.services import change_partner
from tests.makers.roles import acting_as
from tests.office.partner_pages import form_of, managed

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def seen_in(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


def opened(browser: Client, url: str) -> dict[str, Any]:
    """Return what the form sends that is filled with what it began with."""
    answer = browser.get(url)
    form = answer.context["adminform"].form if "adminform" in answer.context else answer.context["form"]
    began = {name: form.initial.get(name) for name in form.fields}
    filled = {name: value for name, value in began.items() if value is not None}
    return {**filled, "seen": seen_in(answer.content.decode())}


def change(partner: Partner, **changes: Any) -> None:
    with acting_as("b2b_office"):
        change_partner(partner_id=partner.pk, changes=changes, changed_at=now())


class TestPartnerForm:
    def test_that_is_stale_says_what_changed_and_saves_when_it_is_sent_again(self) -> None:
        browser, partner = managed()
        url = reverse("admin:partners_partner_change", args=(partner.pk,))
        filled = opened(browser, url)
        change(partner, legal_name="Newer Gaming Limited")

        refused = browser.post(url, {**filled, "tier": "premium"})

        assert refused.status_code == 200
        page = html.unescape(refused.content.decode())
        assert "Somebody changed this since you opened it: Legal name (now “Newer Gaming Limited”)." in page
        partner.refresh_from_db()
        assert (partner.legal_name, partner.tier) == ("Newer Gaming Limited", "standard")

        meant = browser.post(url, {**filled, "tier": "premium", "seen": seen_in(refused.content.decode())})

        assert meant.status_code == 302
        partner.refresh_from_db()
        assert partner.tier == "premium"

    def test_that_is_fresh_is_saved(self) -> None:
        browser, partner = managed()
        url = reverse("admin:partners_partner_change", args=(partner.pk,))
        assert browser.post(url, {**opened(browser, url), "tier": "premium"}).status_code == 302


class TestCompanyForm:
    def test_that_is_stale_is_not_saved(self) -> None:
        browser, partner = managed()
        url = form_of(partner, "company")
        filled = opened(browser, url)
        with acting_as("b2b_office"):
            services.enter_company(
                partner_id=partner.pk,
                entered_at=now(),
                registration_number="C 90210",
                lei="",
                jurisdictions=["MT"],
                no_other_owners=False,
            )

        refused = browser.post(url, {**filled, "registration_number": "C 1"})

        assert "Registration number (now “C 90210”)" in html.unescape(refused.content.decode())
        assert Company.objects.get(partner=partner).registration_number == "C 90210"
