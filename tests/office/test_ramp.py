"""The ramp of production where account managers look: their home, the partner's page, the list."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.clock import now
from core.models import StaffUser
from partners.models import Partner, Tenant
from tests.makers.onboarding import register
from tests.makers.partners import make_tenant
from tests.makers.reporting import RequestWriter, count_everything
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.commanding import ASKED, HTMX, address
from tests.office.partner_pages import tab_of, text_of
from tests.office.test_home import QUERIES_MAX, cards

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

COMMAND = "Change the ramp"


def in_production(manager: StaffUser, *, percent: int = 10) -> Tenant:
    """Return a production tenant with this ramp, of a live partner of this account manager."""
    tenant = make_tenant("production")
    with acting_as("b2b_jobs"):
        Partner.objects.filter(pk=tenant.partner_id).update(account_manager=manager)
        Tenant.objects.filter(pk=tenant.pk).update(ramp_percent=percent)
    return tenant


def manager_of(*percents: int) -> tuple[Client, list[Tenant]]:
    """Return an account manager's browser, and the production tenants of their partners with these ramps."""
    manager = make_user(roles=("account_manager",))
    return log_in(manager), [in_production(manager, percent=percent) for percent in percents]


class TestPartnerPage:
    def test_integration_says_the_ramp_and_offers_to_change_it(self) -> None:
        browser, (tenant,) = manager_of(25)
        text = text_of(browser, tab_of(tenant.partner_id, "integration"))
        assert "25 % of players" in text
        assert address(Tenant, "change_ramp", tenant.pk) in text
        assert text.count(COMMAND) == 1

    def test_who_may_not_change_it_reads_it_alone(self) -> None:
        _, (tenant,) = manager_of(25)
        text = text_of(log_in(make_user(roles=("support",))), tab_of(tenant.partner_id, "integration"))
        assert "25 % of players" in text
        assert COMMAND not in text

    def test_before_deployment_it_is_not_raised(self) -> None:
        manager = make_user(roles=("account_manager",))
        partner = register(account_manager_id=manager.pk)
        with acting_as("b2b_jobs"):
            make_tenant("production", partner=partner)
        text = text_of(log_in(manager), tab_of(partner, "integration"))
        assert "The ramp is raised from the stage Deployment on" in text
        assert COMMAND not in text

    def test_step_that_waits_is_named_and_linked(self) -> None:
        browser, (tenant,) = manager_of(10)
        asked = {**ASKED, "percent": "50", "reason": "A week without errors"}
        browser.post(address(Tenant, "change_ramp", tenant.pk), asked, headers=HTMX)
        request = ApprovalRequest.objects.get(subject_id=str(tenant.pk))
        text = text_of(browser, tab_of(tenant.partner_id, "integration"))
        assert "10 % of players" in text
        assert "50 % of players: " in text
        assert reverse("admin:approvals_approvalrequest_change", args=(request.pk,)) in text

    def test_lowered_there_it_goes_back_there(self) -> None:
        browser, (tenant,) = manager_of(50)
        page = tab_of(tenant.partner_id, "integration")
        answer = browser.post(
            address(Tenant, "change_ramp", tenant.pk),
            {**ASKED, "percent": "20", "reason": "Too many errors"},
            headers={**HTMX, "HX-Current-URL": f"http://testserver{page}"},
        )
        assert answer.headers["HX-Redirect"] == page
        assert "20 % of players" in text_of(browser, page)

    def test_overview_notes_it_on_the_card_of_production_alone(self) -> None:
        browser, (tenant,) = manager_of(25)
        with acting_as("b2b_jobs"):
            make_tenant("test", partner=tenant.partner)
        text = text_of(browser, tab_of(tenant.partner_id, "overview"))
        assert "Production tenant<br>ramp: 25 % of players" in text
        assert text.count("ramp: ") == 1


class TestHome:
    def test_counts_own_partners_below_the_whole_ramp_and_leads_to_them(self) -> None:
        browser, (low, high, whole) = manager_of(10, 75, 100)
        _, (strange,) = manager_of(10)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(reverse("admin:index")).content.decode()
        assert len(queries) <= QUERIES_MAX, "\n".join(query["sql"][:110] for query in queries)
        figure, url = cards(page)["Ramp below 100 %"]
        assert figure == "2"
        assert f"{low.partner.name} 10 %, {high.partner.name} 75 %" in page
        listed = text_of(browser, url)
        assert low.partner.name in listed
        assert high.partner.name in listed
        assert not any(each.partner.name in listed for each in (whole, strange))

    def test_partner_before_deployment_does_not_count(self) -> None:
        manager = make_user(roles=("account_manager",))
        partner = register(account_manager_id=manager.pk)
        with acting_as("b2b_jobs"):
            make_tenant("production", partner=partner)
        browser = log_in(manager)
        figure, url = cards(text_of(browser, reverse("admin:index")))["Ramp below 100 %"]
        assert figure == "0"
        assert partner.name not in text_of(browser, url)


class TestErrors:
    def test_what_a_rule_refused_is_no_error(self) -> None:
        browser, (ramping, failing) = manager_of(10, 10)
        writer = RequestWriter()
        for tenant, answers in (
            (ramping, ((422, "NOT_ROUTED"), (201, ""), (422, "NOT_ROUTED"), (422, "ODDS_CHANGED"))),
            (failing, ((400, "INVALID_FIELD"), (201, ""))),
        ):
            for status, code in answers:
                writer.write(tenant, now(), status, code=code)
        writer.session.close()
        count_everything()
        page = browser.get(reverse("admin:index"), {"kind": "production"}).content.decode()
        figure, url = cards(page)["Error rate over 2 %"]
        assert figure == "1"
        found = text_of(browser, url)
        assert failing.partner.name in found
        assert ramping.partner.name not in found
        tab = text_of(browser, tab_of(ramping.partner_id, "integration"))
        assert "What a rule refused (422) is no error. Of these, beyond the ramp: 2." in tab
        assert "ODDS_CHANGED" in tab
        assert "0.0%" in tab

    def test_log_finds_what_a_rule_refused_apart_from_what_was_refused_otherwise(self) -> None:
        browser, (tenant,) = manager_of(10)
        writer = RequestWriter()
        answers = {"NOT_ROUTED": 422, "LEGS_RELATED": 422, "INVALID_FIELD": 400}
        for code, status in answers.items():
            writer.write(tenant, now(), status, code=code)
        writer.session.close()
        log = reverse("admin:integration_apirequest_changelist")
        for outcome, wanted in (
            ("rule", {"NOT_ROUTED", "LEGS_RELATED"}),
            ("unrouted", {"NOT_ROUTED"}),
            ("refused", {"INVALID_FIELD"}),
        ):
            listed = text_of(browser, log, outcome=outcome)
            assert {code for code in answers if code in listed} == wanted
