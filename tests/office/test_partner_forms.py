"""The forms behind the partner's page: registration, company, owners, licences, certification."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from core.clock import now
from core.models import AuditRecord
from partners.models import ApiClient, Partner, Tenant
from partners.onboarding import services
from partners.onboarding.models import BeneficialOwner, Certification, Company, Licence
from partners.onboarding.stages import Stage
from partners.rules import SCOPES, USUAL_SCOPES
from partners.services import change_partner
from tests.makers.compliance import accept_all, areas
from tests.makers.onboarding import make_partner_at, register
from tests.makers.partners import make_partner
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.makers import make_staff, records_of, superuser
from tests.office.partner_pages import form_of, managed, tab_of, text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestRegistration:
    def test_saved_partner_opens_on_its_page_with_its_checklist(self) -> None:
        manager = make_user(roles=("account_manager",))
        browser = log_in(manager)
        name = f"Operator {now().timestamp()}"
        answer = browser.post(
            reverse("admin:partners_partner_add"),
            {
                "name": name,
                "country": "MT",
                "time_zone": "Europe/Malta",
                "tier": "premium",
                "risk_profile": "standard",
                "enabled_products": ["prematch"],
            },
            follow=True,
        )
        partner = Partner.objects.get(name=name)
        assert (partner.stage, partner.account_manager) == ("registered", manager)
        assert answer.redirect_chain[-1][0] == tab_of(partner, "overview")
        assert "Account manager named" in answer.content.decode()

    def test_partner_handed_to_a_colleague_leaves_the_list_to_stand_on(self) -> None:
        browser, partner = managed()
        url = reverse("admin:partners_partner_change", args=(partner.pk,))
        colleague = make_user(roles=("account_manager",))
        answer = browser.post(
            url,
            {
                "name": partner.name,
                "country": partner.country,
                "time_zone": partner.time_zone,
                "tier": partner.tier,
                "enabled_products": partner.enabled_products,
                "account_manager": colleague.pk,
            },
            follow=True,
        )
        partner.refresh_from_db()
        assert partner.account_manager == colleague
        assert answer.redirect_chain == [(reverse("admin:partners_partner_changelist"), 302)]

    def test_list_leads_to_the_page_and_shows_mine(self) -> None:
        browser, mine = managed()
        admin = make_staff("partners.view_partner")
        url = reverse("admin:partners_partner_changelist")
        assert tab_of(mine, "overview") in text_of(browser, url, manager="me")
        assert tab_of(mine, "overview") not in text_of(admin, url, manager="me")

    def test_other_country_is_judged_anew(self) -> None:
        partner = register()
        accept_all(partner)
        with acting_as("b2b_office"):
            change_partner(partner_id=partner.pk, changes={"country": "MT"}, changed_at=now())
        browser = superuser()
        before = areas(partner)
        browser.post(
            reverse("admin:partners_partner_change", args=(partner.pk,)),
            {
                "name": partner.name,
                "country": "DE",
                "time_zone": partner.time_zone,
                "tier": partner.tier,
                "risk_profile": partner.risk_profile,
                "enabled_products": partner.enabled_products,
            },
        )
        partner.refresh_from_db()
        assert partner.country == "DE"
        assert set(areas(partner)) == set(before)


class TestCompany:
    def test_wrong_identifier_is_said_at_its_field(self) -> None:
        browser, partner = managed()
        text = browser.post(
            form_of(partner, "company"),
            {"lei": "213800KUD8LAJWSQ9D00", "jurisdictions": "?"},
        ).content.decode()
        assert "is no LEI" in text
        assert "is no code of a country" in text
        assert not Company.objects.filter(partner=partner).exists()

    def test_company_is_entered_and_shown(self) -> None:
        browser, partner = managed()
        filled = {
            "registration_number": "C 12345",
            "jurisdictions": "mt, US-NJ",
        }
        assert browser.post(form_of(partner, "company"), filled).status_code == 302
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "MT, US-NJ" in text
        assert "No valid licence for MT, US-NJ." in text

    def test_legal_name_stands_beside_the_company(self) -> None:
        browser, partner = managed()
        url = form_of(partner, "company")
        filled = {"legal_name": "Wager Works Ltd", "legal_address": "1 Quay, Sliema", "jurisdictions": "MT"}
        wrong = browser.post(url, {**filled, "vat_number": "MT12"}).content.decode()
        assert "MT12 is no VAT number of MT: it has another length." in wrong
        assert 'aria-describedby="id_vat_number_error"' in wrong
        assert 'id="id_vat_number_error"' in wrong
        assert not Company.objects.filter(partner=partner).exists()
        assert browser.post(url, {**filled, "registration_number": "C 1"}).status_code == 302
        partner.refresh_from_db()
        assert (partner.legal_name, partner.legal_address) == ("Wager Works Ltd", "1 Quay, Sliema")
        assert [record.action for record in records_of(partner)][-1] == "change partner"
        assert 'value="Wager Works Ltd"' in text_of(browser, url)
        company_alone = make_staff("partners.view_partner", "partners.change_company")
        assert "legal_name" not in text_of(company_alone, url)
        company_alone.post(url, {"registration_number": "C 2"})
        partner.refresh_from_db()
        assert partner.legal_name == "Wager Works Ltd"

    def test_other_jurisdictions_ask_for_other_documents(self) -> None:
        partner = register()
        accept_all(partner)
        assert areas(partner)["local_licence"] == "accepted"
        with acting_as("b2b_office"):
            services.enter_company(partner_id=partner.pk, jurisdictions=["DE"], entered_at=now())
        judged = AuditRecord.objects.filter(action="set compliance area", reason__contains="jurisdictions")
        keys = [str(row.pk) for row in partner.compliance_areas.all()]
        assert judged.filter(object_id__in=keys).exists() == (areas(partner)["local_licence"] != "accepted")

    def test_owner_is_listed_changed_and_ended(self) -> None:
        browser, partner = managed()
        filled = {"name": "Ann Camilleri", "birth_date": "1970-02-03", "country": "MT", "share_percent": "60"}
        browser.post(form_of(partner, "owner-add"), filled)
        owner = BeneficialOwner.objects.get(partner=partner)
        other = {**filled, "name": "Ben Camilleri", "share_percent": "41"}
        answer = browser.post(form_of(partner, "owner-add"), other)
        assert "hold 60 % already" in answer.content.decode()
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "60 %" in text
        assert "Camilleri" not in text
        assert "1970" not in text
        until = {"owner_until": "2026-01-31"}
        browser.post(form_of(partner, "owner", owner.pk), {**filled, **until, "share_percent": "55.5"})
        owner.refresh_from_db()
        assert (owner.share_percent, owner.owner_until) == (Decimal("55.5"), date(2026, 1, 31))
        assert [record.action for record in records_of(owner)] == ["add owner", "change owner", "end owner"]

    def test_licence_ends_after_it_was_issued(self) -> None:
        browser, partner = managed()
        filled = {"jurisdiction": "mt", "authority": "MGA", "number": "B2C/1", "issued_on": "2026-01-01"}
        answer = browser.post(form_of(partner, "licence-add"), {**filled, "expires_on": "2025-12-31"})
        assert "ends after it was issued" in answer.content.decode()
        browser.post(form_of(partner, "licence-add"), filled)
        licence = Licence.objects.get(partner=partner)
        assert licence.jurisdiction == "MT"
        url = form_of(partner, "licence", licence.pk)
        assert browser.post(url, {"expires_on": "2025-01-01"}).status_code == 200
        browser.post(url, {"expires_on": "2030-01-01"})
        licence.refresh_from_db()
        assert licence.expires_on == date(2030, 1, 1)

    def test_entry_of_another_partner_is_not_found(self) -> None:
        browser, partner = managed()
        other = make_partner()
        with acting_as("b2b_office"):
            theirs = services.add_contact(
                partner_id=other.pk, name="X", role="finance", email="x@other.example", added_at=now()
            )
        for owner in (partner, other):
            assert browser.get(form_of(owner, "contact", theirs.pk)).status_code == 404

    def test_forms_are_closed_to_who_may_only_look(self) -> None:
        partner = make_partner()
        browser = log_in(make_user(roles=("auditor",)))
        for name in ("company", "owner-add", "licence-add", "contact-add", "certification-sign"):
            assert browser.get(form_of(partner, name)).status_code == 403
            assert browser.post(form_of(partner, name), {"text": "x"}).status_code == 403
        assert browser.post(form_of(partner, "note"), {"text": "x"}).status_code == 403
        assert "Edit company" not in text_of(browser, tab_of(partner, "compliance"))


class TestApiClient:
    def test_form_has_the_usual_scopes_ticked_and_leads_to_the_credentials(self) -> None:
        browser, partner = managed()
        tenant = Tenant.objects.get(partner=partner)
        url = reverse("admin:partners_apiclient_add")
        form = text_of(browser, url, tenant=str(tenant.pk))
        ticked = {scope for scope in SCOPES if re.search(rf'value="{scope}"[^>]*\schecked(?!:)', form)}
        assert ticked == set(USUAL_SCOPES)
        filled = {"tenant": str(tenant.pk), "name": "Betting platform", "scopes": sorted(ticked)}
        answer = browser.post(url, filled)
        assert answer.headers["Location"] == tab_of(partner, "credentials")
        assert ApiClient.objects.get(tenant=tenant).scopes == list(USUAL_SCOPES)


class TestTenant:
    def test_new_one_opens_the_credentials_of_its_partner(self) -> None:
        manager, partner = make_user(roles=("account_manager",)), make_partner_at(Stage.DEPLOYMENT)
        change_partner(partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now())
        answer = log_in(manager).post(
            reverse("admin:partners_tenant_add"),
            {
                "partner": partner.pk,
                "kind": "production",
                "allowed_ips": "198.51.100.0/24",
                "opening_currencies": ["EUR"],
            },
        )
        assert answer.headers["Location"] == tab_of(partner, "credentials")
        assert Tenant.objects.filter(partner=partner, kind="production").exists()


class TestCertification:
    FILLED = {"tested_on": "2026-03-01", "notes": "All scenarios passed.", "evidence": "Report 1"}

    def test_needs_two_people(self) -> None:
        partner = make_partner()
        first, second = (log_in(make_user(roles=("compliance",))) for _ in range(2))
        assert first.post(form_of(partner, "certification-sign"), self.FILLED).status_code == 302
        made = Certification.objects.get(partner=partner)
        url = form_of(partner, "certification-countersign", made.pk)
        assert ">Countersign<" not in text_of(first, tab_of(partner, "compliance"))
        assert "Another person must countersign" in first.post(url).content.decode()
        assert ">Countersign<" in text_of(second, tab_of(partner, "compliance"))
        assert second.post(url).status_code == 302
        made.refresh_from_db()
        assert made.state == "certified"

    def test_is_withdrawn_with_a_reason(self) -> None:
        partner = make_partner()
        browser = log_in(make_user(roles=("compliance",)))
        browser.post(form_of(partner, "certification-sign"), self.FILLED)
        made = Certification.objects.get(partner=partner)
        url = form_of(partner, "certification-withdraw", made.pk)
        assert browser.post(url, {"reason": ""}).status_code == 200
        assert browser.post(url, {"reason": "Wrong build"}).status_code == 302
        made.refresh_from_db()
        assert made.state == "withdrawn"
