"""The home page of each role: what it shows, where its cards lead, whose figures they are, what it costs."""

import re
from datetime import date
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.models import StaffUser
from partners.models import Partner, Tenant
from partners.services import suspend_partner
from settlement.models import Statement, StatementStatus
from settlement.services import draft_statement
from sportsbook.services.results import enter_result
from staff.rules import ROLE_NAMES
from tests.makers.bets import ask, make_bettor, place, placed, settle_fixture
from tests.makers.onboarding import register
from tests.makers.partners import make_partner, make_tenant
from tests.makers.reporting import RequestWriter, count_everything
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan, move_on
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import log_in, make_user
from tests.office.makers import world

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

QUERIES_MAX = 14
CARD = re.compile(
    r'class="office-card(?: office-card-alarm)?" href="([^"]+)">\s*'
    r'<span class="office-card-figure">([^<]*)</span>\s*'
    r'<span class="office-card-title">([^<]*)<'
)
CHART = re.compile(r'role="img" aria-label="([^"]*)"')


def home(*roles: str, **asked: str) -> str:
    page: str = log_in(make_user(roles=roles)).get(reverse("admin:index"), asked).content.decode()
    return page


def opened_by(user: StaffUser) -> str:
    """Return the home of a member of staff as it opens."""
    found: str = log_in(user).get(reverse("admin:index")).content.decode()
    return found


def cards(page: str) -> dict[str, tuple[str, str]]:
    """Return the figure and the address of each card by its title."""
    return {unescape(title): (figure, unescape(url)) for url, figure, title in CARD.findall(page)}


class TestHome:
    @pytest.mark.parametrize("role", ROLE_NAMES)
    def test_opens_within_its_queries_and_every_card_leads_somewhere(self, role: str) -> None:
        world()
        browser = log_in(make_user(roles=(role,)))
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(reverse("admin:index"))
        page = answer.content.decode()
        assert answer.status_code == 200
        assert len(queries) <= QUERIES_MAX, [query["sql"][:200] for query in queries]
        assert cards(page)
        for title, (_, url) in cards(page).items():
            assert browser.get(url).status_code == 200, title

    def test_several_roles_show_their_sections_in_order(self) -> None:
        page = home("support", "risk", "trader")
        places = [page.index(f'aria-label="{title}"') for title in ("Trading", "Risk", "Support")]
        assert places == sorted(places)

    def test_both_roles_of_finance_show_the_same(self) -> None:
        assert set(cards(home("finance_maker"))) <= set(cards(home("finance_checker")))

    def test_charts_show_what_was_counted(self) -> None:
        tenant = make_tenant()
        made = make_fixture()
        with acting_as("b2b_api"):
            placed(make_bettor(tenant), made.outcome(), stake="9.99")
        count_everything()
        said = CHART.findall(home("auditor", kind="test"))
        assert [text.split(" a day")[0] for text in said][:2] == ["Bets", "Stakes"]
        assert "Placed: 0 in all" not in said[0]

    def test_tenants_of_the_other_kind_are_a_tab_away(self) -> None:
        page = home("auditor", kind="production")
        assert re.search(r'href="\?kind=production" aria-current="page"', page)
        assert 'href="?kind=test"' in page


class TestAccountManager:
    def test_sees_own_partners_alone(self) -> None:
        manager = make_user(roles=("account_manager",))
        mine, other = make_partner(), make_partner()
        coming, strange = register(account_manager_id=manager.pk), register()
        with acting_as("b2b_jobs"):
            Partner.objects.filter(pk=mine.pk).update(account_manager=manager)
        tenants: list[Tenant] = [make_tenant(partner=partner) for partner in (mine, other)]
        pick = make_fixture().outcome()
        for tenant, count in zip(tenants, (2, 5), strict=True):
            with acting_as("b2b_api"):
                player = make_bettor(tenant)
                place(player, *(ask(player, pick, stake="1.00", allow_duplicate=True) for _ in range(count)))
        count_everything()
        browser = log_in(manager)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(reverse("admin:index"), {"kind": "test"}).content.decode()
        assert len(queries) <= QUERIES_MAX, "\n".join(query["sql"][:110] for query in queries)
        assert cards(page)["My partners"][0] == "2"
        assert "Placed: 2 in all. Refused: 0 in all" in page
        assert coming.name in page
        assert not any(each.name in page for each in (other, strange))

    def test_opens_with_production_only_where_own_partners_have_bets_there(self) -> None:
        manager, colleague = (make_user(roles=("account_manager",)) for _ in range(2))
        tenant = make_tenant("production")
        with acting_as("b2b_jobs"):
            Partner.objects.filter(pk=tenant.partner_id).update(account_manager=colleague)
        with acting_as("b2b_api"):
            player = make_bettor(tenant)
            place(player, ask(player, make_fixture().outcome(), stake="1.00"))
        count_everything()
        opened = {
            user: re.findall(r'href="\?kind=(\w+)" aria-current', opened_by(user))
            for user in (manager, colleague)
        }
        assert opened == {manager: ["test"], colleague: ["production"]}

    def test_partner_whose_requests_fail_is_a_click_away(self) -> None:
        manager = make_user(roles=("account_manager",))
        failing, sound = make_tenant(), make_tenant()
        with acting_as("b2b_jobs"):
            mine = (failing.partner_id, sound.partner_id)
            Partner.objects.filter(pk__in=mine).update(account_manager=manager)
        writer = RequestWriter()
        for tenant, statuses in ((failing, (200, 422, 500)), (sound, (200, 200))):
            for status in statuses:
                writer.write(tenant, now(), status)
        writer.session.close()
        count_everything()
        browser = log_in(manager)
        page = browser.get(reverse("admin:index"), {"kind": "test"}).content.decode()
        figure, url = cards(page)["Error rate over 2 %"]
        assert figure == "1"
        found = browser.get(url).content.decode()
        assert failing.partner.name in found
        assert sound.partner.name not in found

    def test_suspended_partner_has_a_card_while_it_is(self) -> None:
        manager = make_user(roles=("account_manager",))
        partner, browser = register(account_manager_id=manager.pk), log_in(manager)
        assert "Suspended partners" not in browser.get(reverse("admin:index")).content.decode()
        suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Odd bets")
        figure, url = cards(browser.get(reverse("admin:index")).content.decode())["Suspended partners"]
        assert figure == "1"
        assert partner.name in browser.get(url).content.decode()


class TestFinance:
    def test_shows_revenue_of_what_was_settled(self) -> None:
        made = make_fixture()
        with acting_as("b2b_api"):
            placed(make_bettor(make_tenant()), made.outcome(), stake="8.00")
        with acting_as("b2b_jobs"):
            enter_result(
                fixture_id=made.id, home=0, away=1, entered_by="Staff", entered_at=now(), rehearsal=True
            )
        settle_fixture(made.id)
        count_everything()
        page = home("finance_maker", kind="test")
        said = next(text for text in CHART.findall(page) if text.startswith("Revenue a month, test"))
        assert "Revenue: 0 " not in said
        assert "Statements due" in page

    def test_issued_statements_have_a_card_only_while_there_are_any(self) -> None:
        has_issued = Statement.objects.filter(status=StatementStatus.ISSUED).exists()
        assert ("Issued and unpaid" in cards(home("finance_checker"))) == has_issued
        tenant = make_tenant()
        make_plan(tenant)
        with acting_as("b2b_jobs"):
            statement = draft_statement(
                tenant_id=tenant.pk, period_start_date=date(2026, 3, 1), drafted_at=now()
            )
        move_on(statement, StatementStatus.ISSUED)
        figure, url = cards(home("finance_checker"))["Issued and unpaid"]
        assert int(figure) > 0
        assert "status__exact=issued" in url
