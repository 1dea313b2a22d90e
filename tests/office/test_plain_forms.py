"""What staff enter by plain forms: recorded once, or refused in words."""

from datetime import date, timedelta

import pytest

from approvals.models import ApprovalRequest
from approvals.rules import OwnRequest
from core.models import Currency
from partners.models import ExchangeRate
from risk.models import Limit
from tests.approvals.makers import approve
from tests.makers.partners import make_tenant
from tests.makers.staff import log_in, make_user
from tests.office.commanding import address, approve_waiting, new_records, run
from tests.office.makers import make_staff, records_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestPlainForms:
    def test_entered_rate_is_recorded_once(self) -> None:
        make_tenant()
        day = date(2021, 1, 1) + timedelta(days=ExchangeRate.objects.filter(base="BTC", quote="JPY").count())
        answer = make_staff(is_superuser=True).post(
            address(ExchangeRate, "add"),
            {
                "base": "BTC",
                "quote": "JPY",
                "valid_date": day,
                "rate": "6000000.5",
                "source": "desk",
                "reason": "Month end",
            },
        )
        assert answer.status_code == 302
        assert not ExchangeRate.objects.filter(base="BTC", quote="JPY", valid_date=day).exists()
        approve_waiting(f"BTC/JPY/{day}")
        rate = ExchangeRate.objects.get(base="BTC", quote="JPY", valid_date=day)
        assert rate.created_by.startswith("staff-")
        assert new_records(rate)[0] == "enter exchange rate"

    def test_limit_of_a_tenant_is_recorded_with_before_and_after(self) -> None:
        tenant = make_tenant()
        browser = make_staff(is_superuser=True)
        browser.post(
            address(Limit, "add"),
            {"kind": "max_bet", "tenant": str(tenant.pk), "amount": "500", "reason": "New"},
        )
        limit = Limit.objects.get(tenant=tenant)
        browser.post(address(Limit, "change", limit.pk), {"amount": "250.50", "reason": "Careful"})
        records = records_of(limit)
        assert [record.action for record in records] == ["add limit", "change limit"]
        assert records[1].before == {"amount": "500.00"}
        assert records[1].after == {"amount": "250.50"}
        assert records[1].actor.startswith("staff-")
        assert records[1].address == "127.0.0.1"

    def test_trader_asks_for_a_higher_limit_and_sets_none(self) -> None:
        trader = log_in(make_user(roles=("trader",)))
        tenant = make_tenant()
        asked = {"kind": "max_bet", "tenant": str(tenant.pk), "reason": "A big client"}
        assert trader.post(address(Limit, "add"), {**asked, "amount": "500"}).status_code == 403
        propose = address(Limit, "propose")
        assert "not above" in trader.post(propose, {**asked, "amount": "500"}).content.decode()
        assert trader.post(propose, {**asked, "amount": "20000"}).status_code == 302
        request = ApprovalRequest.objects.get(subject_id=f"max_bet/ordinary/tenant/{tenant.pk}")
        assert request.title.endswith(": 20,000.00 USD")
        read = make_staff(is_superuser=True).get(address(ApprovalRequest, "change", request.pk))
        assert ">20,000.00<" in "".join(read.content.decode().split())
        assert not Limit.objects.filter(tenant=tenant).exists()
        approve(request, make_user(roles=("risk",)))
        assert Limit.objects.get(tenant=tenant).amount == 20000

    def test_trader_asks_from_a_limits_page(self) -> None:
        tenant = make_tenant()
        make_staff(is_superuser=True).post(
            address(Limit, "add"),
            {"kind": "max_bet", "tenant": str(tenant.pk), "amount": "500", "reason": "New"},
        )
        limit = Limit.objects.get(tenant=tenant)
        user = make_user(roles=("trader",))
        run(log_in(user), Limit, "propose_raise", limit.pk, amount="800", reason="A big client")
        request = ApprovalRequest.objects.get(subject_id=f"max_bet/ordinary/tenant/{tenant.pk}")
        assert request.requested_by_id == user.pk
        with pytest.raises(OwnRequest):
            approve(request, user)
        limit.refresh_from_db()
        assert limit.amount == 500

    def test_scale_of_a_currency_is_never_changed(self) -> None:
        make_tenant()
        make_staff(is_superuser=True).post(
            address(Currency, "change", "EUR"), {"code": "EUR", "name": "EUR", "scale": "5"}
        )
        assert Currency.objects.get(code="EUR").scale == 2
