"""`GET /partner`, and the demo that every copy starts with."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.clock import now
from core.ids import typeid
from core.models import Currency, StaffUser
from partners.models import ClientSecret, ExchangeRate, Tenant
from partners.rules import SCOPES
from risk.models import Limit, LimitKind
from settlement.demo import CURRENCIES, USD_RATES, seed_credentials, seed_partner, seed_platform
from settlement.models import Plan
from tests.makers.partners import access_token, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan
from tests.partners.asking import ask_token, call

pytestmark = pytest.mark.usefixtures("committed")


class TestThePartner:
    def test_configuration_is_told_in_full(self) -> None:
        tenant = make_tenant(
            time_zone="Europe/Malta",
            tier="premium",
            risk_profile="low",
            currencies=("USD", "EUR"),
            allowed_ips=("127.0.0.0/8", "2001:db8::/32"),
        )
        make_plan(tenant, "0.15")
        made = make_client(tenant)
        answer = call(access_token(made))
        assert answer.status_code == 200
        assert answer.json() == {
            "partnerId": typeid("ptr", tenant.partner_id),
            "name": tenant.partner.name,
            "apiKey": made.client_id,
            "allowedIPs": ["127.0.0.0/8", "2001:db8::/32"],
            "riskProfile": "low",
            "commissionStructure": {"type": "revenue_share", "value": "0.15"},
            "enabledProducts": ["prematch", "in_play"],
            "maxBetLimits": {"default": "10000.00", "vip": "10000.00", "currency": "USD"},
            "tier": "premium",
            "status": "active",
            "tenant": {"tenantId": typeid("tnt", tenant.id), "kind": "test", "status": "active"},
            "currencies": ["EUR", "USD"],
            "timeZone": "Europe/Malta",
        }

    def test_nearest_limit_is_shown(self) -> None:
        tenant, other = make_tenant(), make_tenant()
        with acting_as("b2b_jobs"):
            for owner, vip, amount in (
                ({"partner": tenant.partner}, False, "500"),
                ({"tenant": tenant}, True, "25000.5"),
                ({"tenant": other}, False, "1"),
            ):
                Limit.objects.create(
                    kind=LimitKind.MAX_BET, vip=vip, amount=Decimal(amount), updated_at=now(), **owner
                )
        shown = call(access_token(make_client(tenant))).json()["maxBetLimits"]
        assert (shown["default"], shown["vip"]) == ("500.00", "25000.50")

    def test_partner_without_a_plan_has_no_commission(self) -> None:
        assert call(access_token(make_client())).json()["commissionStructure"] is None

    def test_any_scope_may_ask_and_no_token_may_not(self) -> None:
        made = make_client(scopes=())
        assert call(access_token(made)).status_code == 200
        assert Client().get("/api/v2/partner").status_code == 401


@pytest.mark.role("b2b_jobs")
class TestSeedDemo:
    def seed(self, before: dict[str, Any]) -> dict[str, Any]:
        seed_platform(seeded_at=now())
        demo = seed_partner(seeded_at=now())
        return seed_credentials(demo, before=before, seeded_at=now())

    def test_credentials_work_and_are_kept(self) -> None:
        first = self.seed({})
        assert set(first["clientSecret"] + first["staff"]["password"]) <= set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
        )
        assert self.seed(first) == first
        user = StaffUser.objects.get(username=first["staff"]["username"])
        assert user.is_superuser
        assert user.check_password(first["staff"]["password"])
        tenant = Tenant.objects.get(partner__name="Demo Operator", kind="test")
        assert typeid("tnt", tenant.id) == first["tenantId"]
        assert Plan.objects.filter(tenant=tenant).count() == 1

    def test_lost_credentials_are_issued_anew(self) -> None:
        first = self.seed({})
        second = self.seed({**first, "clientSecret": "wrong", "staff": {}})
        assert second["clientId"] == first["clientId"]
        assert second["clientSecret"] != first["clientSecret"]
        assert second["staff"]["password"] != first["staff"]["password"]
        live = ClientSecret.objects.filter(client__client_id=first["clientId"], revoked_at=None)
        assert live.filter(expires_at=None).count() == 1

    def test_platform_has_currencies_rates_and_limits(self) -> None:
        self.seed({})
        assert set(CURRENCIES) <= set(Currency.objects.values_list("code", flat=True))
        assert set(USD_RATES) | {"USD"} == set(CURRENCIES)
        rated = set(ExchangeRate.objects.filter(quote="USD").values_list("base", flat=True))
        assert set(USD_RATES) <= rated
        assert Limit.objects.filter(partner=None, tenant=None).count() == 4

    def test_demo_client_has_every_scope(self) -> None:
        credentials = self.seed({})
        made = make_client()
        made.client.client_id = credentials["clientId"]
        answer = ask_token(type(made)(made.client, credentials["clientId"], credentials["clientSecret"]))
        assert answer.json()["scope"] == " ".join(SCOPES)
