"""Partners, tenants and secrets by the office's buttons and forms: one service each, one record each."""

from secrets import token_hex

import pytest
from django.contrib import admin
from django.db import IntegrityError
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.clock import now
from partners.models import ApiClient, ClientSecret, Partner, Tenant
from partners.onboarding.services import decline_partner
from partners.onboarding.stages import Stage
from partners.rules import NetworkTooWide
from partners.services import change_tenant
from partners.services.client_secrets import newest_secret
from tests.makers.onboarding import make_partner_at
from tests.makers.partners import make_client, make_partner, make_tenant
from tests.office.commanding import address, new_records, run
from tests.office.makers import make_staff, records_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


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

    def test_risk_profile_is_set_by_who_reviews(self) -> None:
        partner = make_partner()
        fields = {
            "name": partner.name,
            "country": partner.country,
            "time_zone": partner.time_zone,
            "tier": "premium",
            "risk_profile": "low",
            "enabled_products": partner.enabled_products,
        }
        for permissions, expected in (((), "standard"), (("partners.add_kybreview",), "low")):
            browser = make_staff("partners.change_partner", "partners.view_partner", *permissions)
            assert browser.post(address(Partner, "change", partner.pk), fields).status_code == 302
            partner.refresh_from_db()
            assert (partner.tier, partner.risk_profile) == ("premium", expected)

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
        browser = make_staff("partners.stop_partner", "partners.view_partner")
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
        partner = make_partner_at(Stage.DEPLOYMENT)
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
        tenant = Tenant.objects.get(partner=partner, kind="production")
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

    @pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
    def test_network_of_everybody_is_refused_in_production(self, network: str) -> None:
        tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
        answer = make_staff(is_superuser=True).post(
            address(Tenant, "change", tenant.pk), {"allowed_ips": f"192.0.2.0/24\n{network}"}
        )
        assert answer.status_code == 200
        assert "IPv4 of /8 or longer" in answer.content.decode()
        with pytest.raises(NetworkTooWide):
            change_tenant(tenant_id=tenant.pk, changes={"allowed_ips": [network]}, changed_at=now())
        with pytest.raises(IntegrityError, match="no network wider"):
            Tenant.objects.filter(pk=tenant.pk).update(allowed_ips=[network])
        tenant.refresh_from_db()
        assert tenant.allowed_ips == ["192.0.2.0/24"]

    def test_is_shown_to_who_may_look_alone(self) -> None:
        answer = make_staff("partners.view_tenant").get(address(Tenant, "change", make_tenant().pk))
        assert answer.status_code == 200
        assert "Who approves more allowed IPs" not in answer.content.decode()

    def test_of_an_ended_partner_is_shown_without_commands(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        decline_partner(partner_id=partner.pk, declined_at=now(), reason="Sanctioned owner")
        tenant = Tenant.objects.get(partner=partner)
        browser = make_staff(is_superuser=True)
        shown = browser.get(address(Tenant, "change", tenant.pk)).content.decode()
        assert "Resume" not in shown
        assert 'name="allowed_ips"' not in shown
        answer = run(browser, Tenant, "resume", tenant.pk, reason="Again")
        assert "declined or terminated" in answer.content.decode()
        page = browser.get(reverse("office-partner-overview", args=(partner.pk,))).content.decode()
        who = page[page.index("office-partner-who") : page.index("office-partner-commands")]
        assert "Declined" in who
        assert "Active" not in who
        form = browser.get(address(Partner, "change", partner.pk)).content.decode()
        assert 'name="legal_name"' not in form
        assert 'name="account_manager"' in form

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
        answer = browser.post(
            address(ApiClient, "rotate", client.client.pk),
            {"overlap_hours": "24", "newest_seen": newest_secret(client.client.pk)},
        )
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
        for _ in range(2):
            seen = {"newest_seen": newest_secret(client.client.pk)}
            answer = browser.post(address(ApiClient, "issue", client.client.pk), seen)
        assert "two live secrets" in answer.content.decode()
        assert ClientSecret.objects.filter(client=client.client).count() == 2

    @pytest.mark.parametrize("command", ["issue", "rotate"])
    def test_form_sent_twice_issues_one_secret(self, command: str) -> None:
        client = make_client().client
        browser, page = make_staff("partners.change_apiclient"), address(ApiClient, command, client.pk)
        shown = browser.get(page).content.decode()
        assert f'value="{newest_secret(client.pk)}"' in shown
        fields = {"overlap_hours": "24", "newest_seen": newest_secret(client.pk)}
        assert "shown this once" in browser.post(page, fields).content.decode()
        for sent in (fields, {"overlap_hours": "24"}):
            told = browser.post(page, sent).content.decode()
            assert "Nothing is issued" in told
            assert 'id="secret"' not in told
        assert ClientSecret.objects.filter(client=client).count() == 2

    @pytest.mark.parametrize("command", ["issue", "rotate"])
    def test_secret_for_production_leads_to_asking_and_then_to_the_request(self, command: str) -> None:
        client = make_client(make_tenant("production")).client
        browser = make_staff(is_superuser=True)
        page, ask = address(ApiClient, command, client.pk), address(ApiClient, "ask", client.pk)
        fields = {"overlap_hours": "24", "newest_seen": newest_secret(client.pk)}
        assert f'hx-get="{ask}"' in browser.post(page, fields).content.decode()
        run(browser, ApiClient, "ask", client.pk, reason="They go live")
        asked = ApprovalRequest.objects.get(subject_id=str(client.pk))
        told = browser.post(page, fields).content.decode()
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
