"""Values that cannot be are refused in words at their field, never by an error page."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.admin.refusals import server_error
from core.clock import now
from core.days import DayInvalid
from core.models import StaffUser
from partners.models import ExchangeRate, Partner
from partners.onboarding.models import BeneficialOwner
from staff.models import Deputy
from staff.services.people import name_deputy
from tests.approvals.makers import checker
from tests.makers.staff import log_in, make_user
from tests.office.commanding import HTMX, address
from tests.office.makers import make_staff, superuser
from tests.office.partner_pages import form_of, managed
from webhooks.models import Delivery

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestShare:
    @pytest.mark.parametrize("share", ["0", "0.000", "-1", "0.0001", "NaN", "1e30"])
    def test_that_is_none_is_refused(self, share: str) -> None:
        browser, partner = managed()
        filled = {"name": "Heir", "birth_date": "1970-01-01", "country": "MT", "share_percent": share}
        assert browser.post(form_of(partner, "owner-add"), filled).status_code == 200
        assert not BeneficialOwner.objects.filter(partner=partner).exists()

    def test_stays_when_none_is_entered(self) -> None:
        browser, partner = managed()
        filled = {"name": "Heir", "birth_date": "1970-01-01", "country": "MT", "share_percent": "30"}
        browser.post(form_of(partner, "owner-add"), filled)
        owner = BeneficialOwner.objects.get(partner=partner)
        answer = browser.post(form_of(partner, "owner", owner.pk), {"country": "MT", "share_percent": "0"})
        assert answer.status_code == 200
        owner.refresh_from_db()
        assert owner.share_percent == 30


class TestDays:
    def colleagues(self) -> tuple[StaffUser, StaffUser]:
        return checker(), make_user("approvals.change_approvalrequest")

    @pytest.mark.parametrize(
        ("first", "last"), [("9999-12-30", "9999-12-31"), ("0001-01-01", "0001-01-02"), ("2206-01-01",) * 2]
    )
    def test_of_a_deputy_that_cannot_be_are_refused(self, first: str, last: str) -> None:
        user, deputy = self.colleagues()
        asked = {"deputy": deputy.pk, "from_date": first, "until_date": last}
        answer = log_in(user).post(reverse("office-deputy"), asked)
        assert answer.status_code == 200
        assert "check the year" in answer.content.decode()
        assert not Deputy.objects.filter(user=user).exists()

    def test_of_a_deputy_are_bounded_below_the_form_too(self) -> None:
        user, deputy = self.colleagues()
        from_at = now() + timedelta(days=60 * 366)
        with pytest.raises(DayInvalid):
            name_deputy(
                user=user,
                deputy_id=deputy.pk,
                from_at=from_at,
                until_at=from_at + timedelta(days=1),
                named_at=now(),
            )

    @pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "2206-01-01", "9999-12-31"])
    def test_of_an_exchange_rate_that_cannot_be_are_refused(self, day: str) -> None:
        browser = make_staff("partners.add_exchangerate", "partners.view_exchangerate")
        filled = {
            "base": "BTC",
            "quote": "JPY",
            "valid_date": day,
            "rate": "9000000",
            "source": "bank",
            "reason": "New day",
        }
        answer = browser.post(address(ExchangeRate, "add"), filled)
        assert answer.status_code == 200
        assert "check the year" in answer.content.decode()
        assert not ApprovalRequest.objects.filter(subject_id=f"BTC/JPY/{day}").exists()


class TestTickedRows:
    @pytest.mark.parametrize("key", ["x", "1", "' OR 1=1", "\x00", "01a2071b-f78f-73d9-8227-b0898dff6a6c0"])
    def test_that_no_row_can_be_are_not_found(self, key: str) -> None:
        browser = make_staff("webhooks.view_delivery", "webhooks.change_delivery")
        ticked = {"action": "retry_ticked", "_selected_action": [key], "index": "0"}
        assert browser.post(address(Delivery, "changelist"), ticked).status_code == 404


class TestBrokenRequest:
    def broken(self, monkeypatch: Any, headers: dict[str, str] | None = None) -> Any:
        def fail(*_: Any) -> None:
            raise RuntimeError("Ada Lovelace")

        monkeypatch.setattr(Partner, "__str__", fail)
        _, partner = managed()
        browser = superuser()
        browser.raise_request_exception = False
        return browser.get(reverse("admin:partners_partner_history", args=(partner.pk,)), headers=headers)

    def test_has_a_page_with_its_request_id_and_a_way_home(self, monkeypatch: Any) -> None:
        answer = self.broken(monkeypatch)
        page = answer.content.decode()
        assert answer.status_code == 500
        assert "Something broke on our side" in page
        assert "Ada" not in page
        assert 'href="/admin/"' in page
        assert re.search(r"<code>[0-9a-f-]{36}</code>", page)
        assert "script-src" in answer.headers["Content-Security-Policy"]

    def test_in_a_dialog_is_said_in_the_dialog(self, monkeypatch: Any) -> None:
        answer = self.broken(monkeypatch, HTMX)
        page = answer.content.decode()
        assert answer.status_code == 500
        assert 'id="dialog"' in page
        assert re.search(r"saved is not certain.+ Request id: [0-9a-f-]{36}", page)
        assert "Ada" not in page

    def test_page_asks_no_database(self, django_assert_num_queries: Any, rf: Any) -> None:
        with django_assert_num_queries(0):
            assert server_error(rf.get("/admin/")).status_code == 500
