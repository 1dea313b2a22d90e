"""The partner's page: its tabs and who opens them, the forms behind them, and the view as partner."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.ids import typeid
from core.models import AuditRecord
from partners.admin.page import TABS
from partners.models import Partner
from partners.onboarding import services
from partners.onboarding.models import BeneficialOwner, Certification, Company, Contact, Licence, Note
from partners.services import change_partner
from sportsbook.models import Bet
from tests.makers.compliance import accept_all, areas
from tests.makers.onboarding import register
from tests.makers.partners import make_partner
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.makers import make_staff, records_of, superuser, world

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

NAMES = [tab.name for tab in TABS]
QUERIES_MAX = 20
SEEN = {
    "account_manager": {
        "Overview",
        "Compliance",
        "Credentials",
        "Limits",
        "Commercial",
        "Integration",
        "Statements",
        "Timeline",
    },
    "compliance": {"Overview", "Compliance", "Credentials", "Timeline"},
    "risk": {"Overview", "Limits", "Timeline"},
    "finance_checker": {"Overview", "Commercial", "Statements", "Timeline"},
    "support": {"Overview", "Credentials", "Limits", "Integration", "Timeline"},
    "auditor": {tab.title for tab in TABS},
}


def tab_of(partner: Partner | UUID, name: str) -> str:
    return reverse(f"office-partner-{name}", args=(getattr(partner, "pk", partner),))


def text_of(browser: Client, url: str, **query: str) -> str:
    answer = browser.get(url, query)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def managed() -> tuple[Client, Partner]:
    """Return an account manager's browser and a partner that has just registered with that manager."""
    manager = make_user(roles=("account_manager",))
    return log_in(manager), register(account_manager_id=manager.pk)


def form_of(partner: Partner, name: str, *args: UUID) -> str:
    return reverse(f"office-{name}", args=(partner.pk, *args))


class TestNavigation:
    @pytest.mark.parametrize(
        ("query", "marked"), [({}, ["All partners"]), ({"manager": "me"}, ["My partners"])]
    )
    def test_marks_the_list_that_is_open(self, query: dict[str, str], marked: list[str]) -> None:
        browser, _ = managed()
        page: Any = browser.get(reverse("admin:partners_partner_changelist"), query)
        groups = page.context_data["sidebar_navigation"]
        found = [str(item["title"]) for group in groups for item in group["items"] if item.get("active")]
        assert found == marked


class TestTabs:
    @pytest.mark.parametrize("name", NAMES)
    def test_tab_opens_within_its_queries(self, name: str) -> None:
        made = world()
        browser = superuser()
        text_of(browser, tab_of(made.tenant.partner_id, name))
        with CaptureQueriesContext(connection) as queries:
            text_of(browser, tab_of(made.tenant.partner_id, name))
        assert len(queries) <= QUERIES_MAX, [query["sql"][:200] for query in queries]

    @pytest.mark.parametrize("name", NAMES)
    def test_tab_of_a_partner_without_anything_says_what_to_do(self, name: str) -> None:
        assert "office-empty" in text_of(superuser(), tab_of(make_partner(), name)) or name in (
            "compliance",
            "limits",
            "timeline",
        )

    @pytest.mark.parametrize("role", SEEN)
    def test_role_is_shown_the_tabs_that_it_may_open(self, role: str) -> None:
        user = make_user(roles=(role,))
        partner = register(account_manager_id=user.pk)
        browser = log_in(user)
        text = text_of(browser, tab_of(partner, "overview"))
        for tab in TABS:
            shown = f'href="{tab_of(partner, tab.name)}"' in text
            assert shown == (tab.title in SEEN[role]), tab.title
            status = browser.get(tab_of(partner, tab.name)).status_code
            assert status == (200 if tab.title in SEEN[role] else 403)

    def test_current_tab_is_marked(self) -> None:
        text = text_of(superuser(), tab_of(make_partner(), "limits"))
        assert text.count('aria-current="page">Limits') == 1

    @pytest.mark.parametrize("name", NAMES)
    def test_account_manager_opens_own_partners_alone(self, name: str) -> None:
        browser, _ = managed()
        other = register()
        assert browser.get(tab_of(other, name)).status_code in (403, 404)

    def test_tab_takes_no_post(self) -> None:
        assert superuser().post(tab_of(make_partner(), "overview")).status_code == 405


class TestOverview:
    def test_says_the_stage_and_what_is_missing(self) -> None:
        browser, partner = managed()
        text = text_of(browser, tab_of(partner, "overview"))
        assert "2 missing for Compliance" in text
        assert "Primary contact entered" in text
        assert "Move to" in text
        assert "In this stage since today" in text

    def test_last_bet_and_errors_are_shown(self) -> None:
        made = world()
        assert Bet.objects.filter(tenant=made.tenant).exists()
        text = text_of(superuser(), tab_of(made.tenant.partner_id, "overview"))
        assert "Test: last bet" in text
        assert "requests" in text

    def test_note_is_kept_as_written_and_recorded(self) -> None:
        browser, partner = managed()
        answer = browser.post(form_of(partner, "note"), {"text": "<b>Called</b>\nthem"})
        assert answer.status_code == 302
        note = Note.objects.get(partner=partner)
        assert "&lt;b&gt;Called&lt;/b&gt;<br>them" in text_of(browser, tab_of(partner, "overview"))
        assert [record.action for record in records_of(note)] == ["write note"]

    @pytest.mark.parametrize("text", ["", "  \n", "x" * 4001])
    def test_note_that_says_nothing_or_too_much_is_refused(self, text: str) -> None:
        browser, partner = managed()
        answer = browser.post(form_of(partner, "note"), {"text": text}, follow=True)
        assert "A note" in answer.content.decode()
        assert not Note.objects.filter(partner=partner).exists()

    def test_contact_is_entered_and_changed(self) -> None:
        browser, partner = managed()
        filled = {"name": "Ada Borg", "role": "technical", "email": "ada@partner.example", "is_primary": "on"}
        assert browser.post(form_of(partner, "contact-add"), filled).status_code == 302
        contact = Contact.objects.get(partner=partner)
        assert contact.is_primary
        again = browser.post(form_of(partner, "contact-add"), filled)
        assert "already" in again.content.decode()
        url = form_of(partner, "contact", contact.pk)
        for page in (text_of(browser, url), text_of(browser, tab_of(partner, "overview"))):
            assert "ada@partner.example" not in page
            assert "a•••@p•••.example" in page
        browser.post(url, {"role": "technical", "name": "Ada Vella"})
        contact.refresh_from_db()
        assert (contact.name, contact.is_active, contact.is_primary) == ("Ada Vella", False, False)
        assert contact.email == "ada@partner.example"


class TestCompany:
    def test_wrong_identifier_is_said_at_its_field(self) -> None:
        browser, partner = managed()
        text = browser.post(
            form_of(partner, "company"),
            {"lei": "213800KUD8LAJWSQ9D00", "iban": "MT84MALT011000012345MTLCAST001X", "jurisdictions": "?"},
        ).content.decode()
        assert "is no LEI" in text
        assert "is no IBAN" in text
        assert "is no code of a country" in text
        assert not Company.objects.filter(partner=partner).exists()

    def test_company_is_entered_and_shown_with_a_masked_account(self) -> None:
        browser, partner = managed()
        filled = {
            "registration_number": "C 12345",
            "iban": "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
            "bic": "MALTMTMT",
            "jurisdictions": "mt, US-NJ",
        }
        assert browser.post(form_of(partner, "company"), filled).status_code == 302
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "MT84 … 001S" in text
        assert "MT84MALT011000012345MTLCAST001S" not in text
        assert "MT, US-NJ" in text
        assert "No valid licence for MT, US-NJ." in text

    def test_account_without_its_bic_is_refused(self) -> None:
        browser, partner = managed()
        answer = browser.post(form_of(partner, "company"), {"iban": "MT84MALT011000012345MTLCAST001S"})
        assert "with its IBAN and its BIC" in answer.content.decode()

    def test_other_jurisdictions_ask_for_other_documents(self) -> None:
        partner = make_partner()
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
        answer = browser.post(form_of(partner, "owner-add"), {**filled, "share_percent": "41"})
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

    def test_list_leads_to_the_page_and_shows_mine(self) -> None:
        browser, mine = managed()
        admin = make_staff("partners.view_partner")
        url = reverse("admin:partners_partner_changelist")
        assert tab_of(mine, "overview") in text_of(browser, url, manager="me")
        assert tab_of(mine, "overview") not in text_of(admin, url, manager="me")

    def test_other_country_is_judged_anew(self) -> None:
        partner = make_partner()
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


class TestViewAsPartner:
    def page(self, browser: Client, partner_id: UUID, **query: str) -> str:
        return text_of(browser, reverse("office-as-partner", args=(partner_id,)), **query)

    @pytest.mark.parametrize("part", ["configuration", "onboarding", "bets", "statements", "documents"])
    def test_shows_what_the_api_answers_and_records_it(self, part: str) -> None:
        made = world()
        support = make_user(roles=("support",))
        text = self.page(log_in(support), made.tenant.partner_id, show=part)
        assert "Read-only: you are still yourself" in text
        record = AuditRecord.objects.filter(action="view as partner").order_by("-id")[0]
        assert (record.actor, record.object_id) == (support.username, str(made.tenant.partner_id))
        assert record.after is not None
        assert record.after["as"] == typeid("tnt", made.tenant.pk)

    def test_bets_are_the_tenants_own(self) -> None:
        made = world()
        text = self.page(superuser(), made.tenant.partner_id, show="bets")
        assert typeid("bet", made.single.bet_id) in text
        assert typeid("bet", made.single.bet_id) not in self.page(superuser(), register().pk, show="bets")

    def test_nothing_is_written_under_it(self) -> None:
        made = world()
        url = reverse("office-as-partner", args=(made.tenant.partner_id,))
        for method in ("post", "put", "patch", "delete"):
            for part in ("bets", "documents"):
                answer = getattr(superuser(), method)(f"{url}?show={part}")
                assert answer.status_code in (403, 405)

    def test_session_stays_that_of_the_member_of_staff(self) -> None:
        made = world()
        browser = superuser()
        before = browser.session.get("_auth_user_id")
        self.page(browser, made.tenant.partner_id)
        assert browser.session.get("_auth_user_id") == before

    def test_is_closed_to_roles_without_the_permission_and_to_other_managers(self) -> None:
        made = world()
        url = reverse("office-as-partner", args=(made.tenant.partner_id,))
        assert log_in(make_user(roles=("finance_maker",))).get(url).status_code == 403
        assert log_in(make_user(roles=("account_manager",))).get(url).status_code == 404
        assert superuser().get(url, {"show": "secrets"}).status_code == 404

    def test_cursor_that_is_none_is_refused_in_words(self) -> None:
        text = self.page(superuser(), world().tenant.partner_id, show="bets", cursor="x")
        assert "was not given out by this list" in text


class TestLimitsTab:
    def test_says_which_limit_counts(self) -> None:
        made = world()
        text = text_of(superuser(), tab_of(made.tenant.partner_id, "limits"))
        assert "the platform&#x27;s" in text or "the tenant&#x27;s own" in text
        assert "Proposed, waiting for a second person" in text


class TestTimelineTab:
    def test_tells_what_happened_newest_first(self) -> None:
        browser, partner = managed()
        browser.post(form_of(partner, "company"), {"registration_number": "C 1"})
        text = text_of(browser, tab_of(partner, "timeline"))
        assert "ompany" in text
        assert "office-timeline-entry" in text

    def test_takes_any_moment(self) -> None:
        browser, partner = managed()
        assert browser.get(tab_of(partner, "timeline"), {"before": "x"}).status_code == 200


class TestStatementsTab:
    def test_lists_statements_with_their_file(self) -> None:
        made = world()
        text = text_of(superuser(), tab_of(made.tenant.partner_id, "statements"))
        assert made.statement.number in text
        assert reverse("admin:settlement_statement_csv", args=(made.statement.pk,)) in text


def test_every_tab_is_within_the_policy() -> None:
    made = world()
    for name in NAMES:
        page: Any = text_of(superuser(), tab_of(made.tenant.partner_id, name))
        assert "<style" not in page
        assert "onclick=" not in page


def test_late_partner_is_marked() -> None:
    browser = superuser()
    with acting_as("b2b_office"):
        partner = services.register_partner(
            name=f"Late {now().timestamp()}",
            country="MT",
            currencies=("EUR",),
            registered_at=now() - timedelta(days=6),
        )
    assert "6 days in this stage" in text_of(browser, tab_of(partner, "overview"))
