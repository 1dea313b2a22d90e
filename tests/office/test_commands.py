"""The buttons and forms of the office: each needs its permission and a POST, calls one service, leaves one
record.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from secrets import token_hex
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from approvals.models import ApprovalRequest
from approvals.rules import OwnRequest
from core.models import AuditRecord, Currency, QuarantinedFact
from partners.models import ApiClient, ClientSecret, ExchangeRate, Partner, Tenant
from risk.models import Limit
from settlement.models import Plan, Statement
from sportsbook.models import Bet, Fixture, Market
from tests.approvals.makers import approve
from tests.makers.bets import make_bettor, placed, settle_fixture
from tests.makers.partners import make_client, make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import log_in, make_user
from tests.office.makers import make_staff, put_fact_aside, records_of, registered, superuser, world
from wallet.models import Player

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

ASKED = {"_form_submitted": "True"}
HTMX = {"HX-Request": "true"}


def commands() -> Iterator[tuple[type[Model], Any, str]]:
    """Yield every command of the office, with its model and its admin."""
    for model, found in registered():
        for place in ("actions_detail", "actions_list", "actions_row", "actions_submit_line"):
            for name in found._extract_action_names(getattr(found, place)):
                yield model, found, name


COMMANDS = list(commands())


def address(model: type[Model], command: str, *args: Any) -> str:
    """Return the address of a command or page of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{command}", args=args)


def run(browser: Client, model: type[Model], command: str, row: Any, **fields: Any) -> HttpResponse:
    """Send a command's dialog, as htmx does."""
    answer = browser.post(address(model, command, row), {**ASKED, **fields}, headers=HTMX)
    assert isinstance(answer, HttpResponse)
    return answer


def new_records(row: Model, before: int = 0) -> list[str]:
    """Return what was recorded about a row, after so many records."""
    return [record.action for record in records_of(row)[before:]]


def approve_waiting(subject_id: str) -> None:
    """Let a second person approve what waits about a subject."""
    waiting = ApprovalRequest.objects.get(subject_id=subject_id, status="pending")
    browser = make_staff(is_superuser=True)
    run(browser, ApprovalRequest, "approve", waiting.pk, digest=waiting.payload_digest)
    waiting.refresh_from_db()
    assert waiting.executed_at is not None


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "found", "name"), COMMANDS, ids=[f"{m._meta.label}.{n}" for m, _, n in COMMANDS]
)
class TestEveryCommand:
    def test_has_permissions_and_a_question(self, model: type[Model], found: Any, name: str) -> None:
        method = getattr(found, name)
        assert all("." in permission for permission in method.allowed_permissions)
        assert method.allowed_permissions
        assert getattr(method, "dialog", None) or method.asks_on_a_page

    def test_asks_on_get_and_changes_nothing(self, model: type[Model], found: Any, name: str) -> None:
        row = world().row(model)
        assert row is not None
        browser = superuser()
        args = () if name in found._extract_action_names(found.actions_list) else (row.pk,)
        before = AuditRecord.objects.count()
        answer = browser.get(address(model, name, *args), {**ASKED, "reason": "x", "home": "1", "away": "0"})
        assert answer.status_code == 200
        assert b"<form" in answer.content
        assert AuditRecord.objects.count() == before

    def test_refuses_staff_who_may_only_look(self, model: type[Model], found: Any, name: str) -> None:
        row = world().row(model)
        assert row is not None
        browser = make_staff(f"{model._meta.app_label}.view_{model._meta.model_name}")
        args = () if name in found._extract_action_names(found.actions_list) else (row.pk,)
        assert browser.get(address(model, name, *args)).status_code == 403
        assert browser.post(address(model, name, *args), {**ASKED, "reason": "x"}).status_code == 403

    def test_of_a_record_that_is_not_there_is_not_found(
        self, model: type[Model], found: Any, name: str
    ) -> None:
        if name in found._extract_action_names(found.actions_list):
            pytest.skip("not about a record")
        browser = superuser()
        for key in ("nonsense", "01890000-0000-7000-8000-000000000000"):
            assert browser.post(address(model, name, key), ASKED).status_code == 404


class TestEveryCommandOnTickedRows:
    def test_has_permissions_and_asks_first(self) -> None:
        found = [(model, page, name) for model, page in registered() for name in page.actions]
        assert found
        for model, page, name in found:
            assert getattr(page, name).needed_permissions
            row = world().row(model)
            assert row is not None
            before = AuditRecord.objects.count()
            ticked = {"action": name, "_selected_action": str(row.pk), "index": "0"}
            answer = superuser().post(address(model, "changelist"), ticked)
            assert b'name="_sure"' in answer.content
            assert AuditRecord.objects.count() == before


class TestPartners:
    def test_added_partner_is_recorded_once(self) -> None:
        browser = make_staff("partners.add_partner", "partners.view_partner")
        fields = {
            "name": f"Partner {token_hex(6)}",
            "country": "MT",
            "time_zone": "Europe/Malta",
            "tier": "premium",
        }
        answer = browser.post(
            address(Partner, "add"), {**fields, "risk_profile": "low", "enabled_products": ["prematch"]}
        )
        assert answer.status_code == 302
        partner = Partner.objects.get(name=fields["name"])
        assert (partner.tier, partner.enabled_products) == ("premium", ["prematch"])
        assert new_records(partner) == ["create partner"]

    def test_refusal_of_the_service_is_shown_above_the_form(self) -> None:
        partner = make_partner()
        browser = make_staff(is_superuser=True)
        answer = browser.post(
            address(Partner, "change", partner.pk),
            {
                "name": partner.name,
                "country": "MT",
                "time_zone": "Nowhere/Land",
                "tier": "standard",
                "risk_profile": "low",
            },
        )
        assert answer.status_code == 200
        assert "tz database" in answer.content.decode()
        assert new_records(partner) == ["create partner", "move partner"]

    def test_saving_without_a_change_records_nothing(self) -> None:
        partner = make_partner()
        answer = make_staff(is_superuser=True).post(
            address(Partner, "change", partner.pk),
            {
                "name": partner.name,
                "country": partner.country,
                "time_zone": partner.time_zone,
                "tier": partner.tier,
                "risk_profile": partner.risk_profile,
                "enabled_products": partner.enabled_products,
            },
        )
        assert answer.status_code == 302
        assert new_records(partner) == ["create partner", "move partner"]

    def test_suspended_and_resumed_with_a_reason(self) -> None:
        partner = make_partner()
        browser = make_staff("partners.change_partner", "partners.view_partner")
        answer = run(browser, Partner, "suspend", partner.pk, reason="Licence withdrawn")
        assert answer.headers["HX-Redirect"] == reverse("office-partner-overview", args=(partner.pk,))
        partner.refresh_from_db()
        assert partner.status == "suspended"
        run(browser, Partner, "resume", partner.pk, reason="Licence is back")
        partner.refresh_from_db()
        assert partner.status == "active"
        assert new_records(partner, 2) == ["suspend partner", "resume partner"]
        assert records_of(partner)[2].reason == "Licence withdrawn"

    def test_suspension_without_a_reason_is_asked_again(self) -> None:
        partner = make_partner()
        answer = run(make_staff(is_superuser=True), Partner, "suspend", partner.pk)
        assert "HX-Redirect" not in answer.headers
        partner.refresh_from_db()
        assert partner.status == "active"


class TestTenants:
    def test_added_tenant_has_its_currencies_and_networks(self) -> None:
        make_tenant()
        partner = make_partner()
        answer = make_staff(is_superuser=True).post(
            address(Tenant, "add"),
            {
                "partner": str(partner.pk),
                "kind": "production",
                "opening_currencies": ["EUR", "JPY"],
                "allowed_ips": "192.0.2.0/24\n2001:db8::/32",
            },
        )
        assert answer.status_code == 302
        tenant = Tenant.objects.get(partner=partner)
        assert sorted(currency.code for currency in tenant.currencies.all()) == ["EUR", "JPY"]
        assert tenant.allowed_ips == ["192.0.2.0/24", "2001:db8::/32"]
        assert new_records(tenant) == ["create tenant"]

    @pytest.mark.parametrize("networks", ["192.0.2.1/24", "nonsense", "2001:db8::/129"])
    def test_network_that_is_none_is_refused(self, networks: str) -> None:
        tenant = make_tenant()
        answer = make_staff(is_superuser=True).post(
            address(Tenant, "change", tenant.pk), {"allowed_ips": networks}
        )
        assert answer.status_code == 200
        tenant.refresh_from_db()
        assert tenant.allowed_ips == []

    def test_changed_allow_list_is_recorded_once(self) -> None:
        tenant = make_tenant()
        make_staff(is_superuser=True).post(
            address(Tenant, "change", tenant.pk),
            {"allowed_ips": "198.51.100.7/32", "requests_per_minute": "50"},
        )
        tenant.refresh_from_db()
        assert (tenant.allowed_ips, tenant.requests_per_minute) == (["198.51.100.7/32"], 50)
        assert new_records(tenant, 1) == ["change tenant"]


class TestSecrets:
    def test_secret_is_shown_once_and_nowhere_stored(self) -> None:
        client = make_client()
        browser = make_staff("partners.change_apiclient")
        answer = browser.post(address(ApiClient, "rotate", client.client.pk), {"overlap_hours": "24"})
        page = answer.content.decode()
        fresh = ClientSecret.objects.filter(client=client.client).latest("created_at")
        secret = page.split('id="secret">')[1].split("<")[0]
        assert secret.endswith(fresh.hint)
        assert "no-store" in answer.headers["Cache-Control"]
        again = browser.get(address(ApiClient, "change", client.client.pk)).content.decode()
        assert secret not in again
        assert secret not in str([record.after for record in records_of(client.client)])
        old = ClientSecret.objects.filter(client=client.client).earliest("created_at")
        assert old.expires_at is not None

    def test_third_secret_is_refused_in_words(self) -> None:
        client = make_client()
        browser = make_staff("partners.change_apiclient")
        browser.post(address(ApiClient, "issue", client.client.pk))
        answer = browser.post(address(ApiClient, "issue", client.client.pk))
        assert "two live secrets" in answer.content.decode()
        assert ClientSecret.objects.filter(client=client.client).count() == 2

    @pytest.mark.parametrize("command", ["issue", "rotate"])
    def test_secret_for_production_leads_to_asking_and_then_to_the_request(self, command: str) -> None:
        client = make_client(make_tenant("production")).client
        browser = make_staff(is_superuser=True)
        page, ask = address(ApiClient, command, client.pk), address(ApiClient, "ask", client.pk)
        assert f'hx-get="{ask}"' in browser.post(page, {"overlap_hours": "24"}).content.decode()
        run(browser, ApiClient, "ask", client.pk, reason="They go live")
        asked = ApprovalRequest.objects.get(subject_id=str(client.pk))
        told = browser.post(page, {"overlap_hours": "24"}).content.decode()
        assert f'href="{address(ApprovalRequest, "change", asked.pk)}"' in told
        assert f'hx-get="{ask}"' not in told

    def test_revoked_client_keeps_no_secret(self) -> None:
        client = make_client()
        run(make_staff(is_superuser=True), ApiClient, "revoke", client.client.pk, reason="Lost laptop")
        assert not ClientSecret.objects.filter(client=client.client, revoked_at__isnull=True).exists()
        client.client.refresh_from_db()
        assert not client.client.is_active

    def test_library_pages_are_gone(self) -> None:
        labels = {model._meta.app_label for model in admin.site._registry}
        assert "oauth2_provider" not in labels


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


class TestStatements:
    def test_month_is_drafted_and_downloaded(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        browser = make_staff("settlement.add_statement", "settlement.view_statement")
        answer = browser.post(address(Statement, "draft"), {"tenant": str(tenant.pk), "month": "2026-01"})
        statement = Statement.objects.get(tenant=tenant)
        assert answer.headers["Location"] == address(Statement, "change", statement.pk)
        file = browser.get(address(Statement, "csv", statement.pk))
        assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert file.content.startswith(b"Record,")
        assert new_records(statement) == ["draft statement"]

    def test_draft_of_a_tenant_without_a_plan_is_refused_in_words(self) -> None:
        tenant = make_tenant()
        answer = make_staff(is_superuser=True).post(
            address(Statement, "draft"), {"tenant": str(tenant.pk), "month": "2026-01"}
        )
        assert answer.status_code == 200
        assert "no commission plan" in answer.content.decode()

    def test_file_is_closed_to_staff_without_the_permission(self) -> None:
        assert make_staff().get(address(Statement, "csv", world().statement.pk)).status_code == 403

    def test_plan_is_agreed(self) -> None:
        tenant = make_tenant()
        fields = {"tenant": str(tenant.pk), "rate": "0.2", "currency": "EUR", "payer": "platform"}
        make_staff("settlement.add_plan", "settlement.view_plan").post(
            address(Plan, "agree"), {**fields, "valid_from": "2026-02-01", "reason": "Signed"}
        )
        assert not Plan.objects.filter(tenant=tenant).exists()
        approve_waiting(str(tenant.pk))
        plan = Plan.objects.get(tenant=tenant)
        assert (plan.version, str(plan.rate.normalize())) == (1, "0.2")
        assert new_records(plan) == ["agree plan"]


class TestFactsPutAside:
    def test_asked_to_be_tried_again_is_recorded_and_asked_once(self) -> None:
        with acting_as("b2b_jobs"):
            aside = put_fact_aside()
        browser = make_staff("core.view_quarantinedfact", "core.change_quarantinedfact")
        answer = run(browser, QuarantinedFact, "retry", aside.pk, reason="the bug is mended")
        assert answer.headers["HX-Redirect"]
        assert new_records(aside) == ["retry fact"]
        again = run(browser, QuarantinedFact, "retry", aside.pk, reason="again")
        assert b"being tried again already" in again.content
        assert new_records(aside) == ["retry fact"]
