"""A form that was opened before somebody else changed the row undoes nobody's change unseen."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.clock import now
from partners.models import ApiClient, Partner, Tenant
from partners.onboarding import services
from partners.onboarding.models import Company
from partners.rules import SCOPES
from partners.services import change_client_scopes, change_partner, set_currencies
from tests.approvals.makers import ask_raise, maker
from tests.makers.partners import make_client
from tests.makers.roles import acting_as
from tests.makers.staff import log_in
from tests.office.commanding import ASKED, HTMX, address
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


class TestDialog:
    """A command's dialog that is filled in from the row: the second of two tabs undoes not the first."""

    def desk(self) -> tuple[Client, ApiClient]:
        browser, partner = managed()
        tenant = Tenant.objects.get(partner=partner, kind="test")
        return browser, make_client(tenant).client

    def seen(self, browser: Client, url: str) -> str:
        return seen_in(browser.get(url, headers=HTMX).content.decode())

    def test_of_scopes_says_what_changed_and_saves_when_it_is_sent_again(self) -> None:
        browser, row = self.desk()
        url = address(ApiClient, "scopes", row.pk)
        filled = {"scopes": row.scopes, "reason": "", **ASKED, "seen": self.seen(browser, url)}
        with acting_as("b2b_office"):
            change_client_scopes(client_id=row.pk, scopes=["stream"], changed_at=now())

        refused = browser.post(url, filled, headers=HTMX)

        page = html.unescape(refused.content.decode())
        assert "Somebody changed this since you opened it: Scopes (now “stream”)." in page
        row.refresh_from_db()
        assert row.scopes == ["stream"]
        meant = browser.post(url, {**filled, "seen": seen_in(refused.content.decode())}, headers=HTMX)
        assert "HX-Redirect" in meant.headers
        row.refresh_from_db()
        assert len(row.scopes) == len(SCOPES)

    def test_of_currencies_says_what_changed(self) -> None:
        browser, row = self.desk()
        url = address(Tenant, "change_currencies", row.tenant_id)
        codes = sorted(row.tenant.currencies.values_list("code", flat=True))
        filled = {"currencies": codes, **ASKED, "seen": self.seen(browser, url)}
        with acting_as("b2b_office"):
            set_currencies(tenant_id=row.tenant_id, currencies=["USD"], changed_at=now())

        refused = browser.post(url, filled, headers=HTMX)

        assert "Currencies (now “USD”)" in html.unescape(refused.content.decode())
        assert [each.code for each in row.tenant.currencies.all()] == ["USD"]

    def test_of_a_request_says_what_another_tab_asked_for(self) -> None:
        asker = maker()
        request, browser = ask_raise(by=asker), log_in(asker)
        url = address(ApprovalRequest, "edit", request.pk)
        filled = {"reason": "More", **ASKED, "seen": self.seen(browser, url)}
        browser.post(url, {**filled, "amount": "30000.00"}, headers=HTMX)
        refused = browser.post(url, {**filled, "amount": "40000.00"}, headers=HTMX)
        assert "Amount (USD) (now “30000.00”)" in html.unescape(refused.content.decode())

    def test_that_is_fresh_is_saved(self) -> None:
        browser, row = self.desk()
        url = address(ApiClient, "scopes", row.pk)
        seen = self.seen(browser, url)
        answer = browser.post(url, {"scopes": ["stream"], **ASKED, "seen": seen}, headers=HTMX)
        assert "HX-Redirect" in answer.headers
