"""Limits in the office: thousands apart, and what is in force where a higher one is asked for."""

from decimal import Decimal

import pytest
from django.urls import reverse

from core.admin.cells import Figure
from core.admin.exports import plain_cell
from core.clock import now
from risk.models import LimitKind
from risk.services.limits import LimitKey, find_counting, request_raise, set_limit
from tests.makers.partners import make_tenant
from tests.makers.staff import log_in, make_user
from tests.office.partner_pages import text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestFigure:
    @pytest.mark.parametrize(
        ("plain", "shown"),
        [("50000.00", "50,000.00"), ("-1234567.8", "-1,234,567.8"), ("-0.50", "-0.50"), ("999", "999")],
    )
    def test_has_its_thousands_apart_on_a_page_and_not_in_a_file(self, plain: str, shown: str) -> None:
        figure = Figure(plain, "EUR")
        assert figure == f"{shown}\u00a0EUR"
        assert plain_cell(figure).lstrip("'") == f"{plain} EUR"


class TestLimitForm:
    def test_says_in_words_that_no_limit_is_negative(self) -> None:
        browser = log_in(make_user("risk.add_limit", "risk.view_limit"))
        filled = {"kind": LimitKind.DAILY_STAKE.value, "amount": "-1", "reason": "Young"}
        text = browser.post(reverse("admin:risk_limit_add"), filled).content.decode()
        assert "A limit is not negative." in text
        assert "a_limit_is_not_negative" not in text


class TestInForce:
    def test_says_what_counts_and_whose_it_is(self) -> None:
        tenant, setter = make_tenant(), make_user("risk.change_limit", "risk.propose_limit")
        own = LimitKey(LimitKind.DAILY_STAKE, vip=False, partner_id=tenant.partner_id)
        set_limit(key=own, amount=Decimal("1234.5"), reason="Young", set_by=setter, set_at=now())
        browser = log_in(make_user("risk.view_limit", "risk.propose_limit", "partners.view_partner"))
        url = reverse("admin:risk_limit_propose")
        platform = text_of(browser, url)
        assert "of the platform" in platform
        asked = {"kind": LimitKind.DAILY_STAKE.value, "tenant": str(tenant.pk)}
        text = text_of(browser, url, **asked)
        assert "1,234.50\u00a0USD" in text
        assert "the partner&#x27;s" in text
        assert find_counting(LimitKey(own.kind, vip=False, tenant_id=tenant.pk))[0] == Decimal("1234.5")
        request_raise(key=own, amount=Decimal(2000), reason="Grown", requested_by=setter, requested_at=now())
        waiting = text_of(browser, url, kind=own.kind.value, partner=str(tenant.partner_id))
        assert "Waits for a second person" in waiting

    @pytest.mark.parametrize("asked", [{"kind": "x", "partner": "1"}, {"tenant": "\x00", "vip": "on"}])
    def test_takes_any_address(self, asked: dict[str, str]) -> None:
        browser = log_in(make_user("risk.view_limit", "risk.propose_limit"))
        assert "In force now" in text_of(browser, reverse("admin:risk_limit_propose"), **asked)
