"""The partner's page: its tabs, who opens them, and what each shows."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from partners.admin.page import TABS
from partners.onboarding import services
from partners.onboarding.admin.mending import PLACES
from partners.onboarding.models import Contact, Note
from partners.onboarding.rules import TITLES
from partners.services import suspend_partner
from sportsbook.models import Bet
from tests.makers.onboarding import meet, register
from tests.makers.partners import make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.makers import make_staff, records_of, superuser, world
from tests.office.partner_pages import form_of, managed, tab_of, text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

NAMES = [tab.name for tab in TABS]
QUERIES_MAX = 14
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


class TestCompliance:
    def test_begins_with_what_is_missing_and_where(self) -> None:
        browser, partner = managed()
        text = text_of(browser, tab_of(partner, "compliance"))
        contents, sections = text.split('aria-label="On this page"')[1].split("</nav>", 1)
        names = re.findall(r'href="#([a-z-]+)"', contents)
        assert names == re.findall(r'<section class="office-panel" id="([a-z-]+)"', sections)
        assert names[0] == "areas"
        assert {"5 open", "incomplete", "missing"} <= set(re.findall(r"warning\">([^<]+)<", contents))
        meet(partner.pk, "directors")
        now_listed = text_of(browser, tab_of(partner, "compliance"))
        assert '<a href="#directors">Directors</a>' in now_listed


class TestOverview:
    def test_says_the_stage_and_what_is_missing(self) -> None:
        browser, partner = managed()
        text = text_of(browser, tab_of(partner, "overview"))
        assert "2 missing for Compliance" in text
        assert "Primary contact entered" in text
        assert "Move to" in text
        assert "In this stage since today" in text

    def test_what_is_missing_leads_to_where_one_mends_it(self) -> None:
        browser, partner = managed()
        contact = f'<a class="text-link" href="{form_of(partner, "contact-add")}">Primary contact entered</a>'
        pages = (tab_of(partner, "overview"), reverse("office-board"), reverse("admin:index"))
        for url in pages:
            assert contact in text_of(browser, url)
        auditor = log_in(make_user(roles=("auditor",)))
        for url in pages[:2]:
            page = text_of(auditor, url)
            assert "Primary contact entered" in page
            assert form_of(partner, "contact-add") not in page

    @pytest.mark.parametrize("fact", [fact for fact in TITLES if fact not in ("return", "takeover")])
    def test_every_requirement_has_a_place_that_opens(self, fact: str) -> None:
        partner = register()
        name, permission, where = PLACES[fact]
        page = text_of(make_staff("partners.view_partner", permission), reverse(name, args=(partner.pk,)))
        assert not where or f'id="{where[1:]}"' in page

    def test_last_bet_and_errors_are_shown(self) -> None:
        made = world()
        assert Bet.objects.filter(tenant=made.tenant).exists()
        text = text_of(superuser(), tab_of(made.tenant.partner_id, "overview"))
        assert "Test: last bet" in text
        assert "requests" in text

    def test_tenants_of_a_suspended_partner_are_not_called_active(self) -> None:
        partner = make_tenant().partner
        with acting_as("b2b_office"):
            suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Unpaid")
        health = text_of(superuser(), tab_of(partner, "overview")).split('aria-label="Health"')[1]
        shown = health.split("Test tenant")[0]
        assert "Suspended" in shown
        assert "Active" not in shown
        assert "with the whole partner" in health.split("Test tenant")[1][:80]

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

    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("phone", "call me", "A phone number is +"),
            ("phone", "javascript:alert(1)", "A phone number is +"),
            ("phone", "0356 21234567", "A phone number is +"),
            ("phone", "+356 2", "A phone number is +"),
            ("email", "javascript:alert(1)", "Enter a valid email address"),
            ("email", "ada@", "Enter a valid email address"),
        ],
    )
    def test_contact_has_a_number_and_an_address(self, name: str, value: str, said: str) -> None:
        browser, partner = managed()
        filled = {"name": "Ada Borg", "role": "technical", "email": "ada@partner.example", name: value}
        assert said in browser.post(form_of(partner, "contact-add"), filled).content.decode()
        assert not Contact.objects.filter(partner=partner).exists()

    def test_phone_is_kept_emptied_and_checked_when_it_changes(self) -> None:
        browser, partner = managed()
        filled = {"name": "Ada Borg", "role": "technical", "email": "ada@partner.example"}
        browser.post(form_of(partner, "contact-add"), {**filled, "phone": "+356  2123 4567"})
        contact = Contact.objects.get(partner=partner)
        url = form_of(partner, "contact", contact.pk)
        for given, kept in (("", "+356 2123 4567"), ("x", "+356 2123 4567"), ("-", "")):
            browser.post(url, {"role": "technical", "is_active": "on", "phone": given})
            contact.refresh_from_db()
            assert contact.phone == kept

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
