"""A tenant's page says who or what has stopped it and why, and offers what would not be refused."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.audit import acting
from core.clock import now
from core.models import StaffUser
from partners.compliance.services import reopen_evidence
from partners.models import Tenant
from partners.onboarding.models import ComplianceArea
from partners.onboarding.services import move_partner, pause_partner
from partners.onboarding.stages import Stage
from partners.services import change_partner, suspend_tenant
from tests.makers.compliance import accept, accept_all
from tests.makers.onboarding import make_partner_at
from tests.makers.staff import log_in, make_user
from tests.office.commanding import HTMX, address, run
from tests.office.partner_pages import tab_of, text_of

pytestmark = [
    pytest.mark.role("b2b_office"),
    pytest.mark.usefixtures("committed"),
    pytest.mark.usefixtures("office"),
]

QUERIES_MAX = 15
STOPPED = "Compliance has stopped production: “Local licence is in review again: The authority withdrew it”"


def managed() -> tuple[Tenant, StaffUser]:
    """Return the production tenant of a partner at Live, and the partner's account manager."""
    partner = make_partner_at(Stage.LIVE)
    accept_all(partner)
    manager = make_user(roles=("account_manager",))
    change_partner(partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now())
    return Tenant.objects.get(partner=partner, kind="production"), manager


def reopen(tenant: Tenant) -> None:
    evidence = tenant.partner.evidence.get(requirement__document_type="gaming_licence")
    reopen_evidence(evidence_id=evidence.pk, reopened_at=now(), reason="The authority withdrew it")


def stop(tenant: Tenant, user: StaffUser) -> None:
    with acting(user.username):
        suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason="A concern")


def page(browser: Client, tenant: Tenant) -> str:
    return text_of(browser, address(Tenant, "change", tenant.pk))


def offers(shown: str, command: str, tenant: Tenant) -> bool:
    return address(Tenant, command, tenant.pk) in shown


def opened(browser: Client, command: str, tenant: Tenant) -> str:
    """Return the dialog as it opens, nothing filled in."""
    answer = browser.post(address(Tenant, command, tenant.pk), headers=HTMX)
    return answer.content.decode()


class TestStoppedByCompliance:
    def test_names_the_reason_and_offers_no_resume(self) -> None:
        tenant, manager = managed()
        reopen(tenant)
        browser = log_in(manager)
        shown = page(browser, tenant)
        assert STOPPED in shown
        assert not offers(shown, "resume", tenant)
        assert offers(shown, "suspend", tenant)
        assert STOPPED in text_of(browser, tab_of(tenant.partner, "credentials"))

    def test_resume_is_refused_before_anything_is_typed(self) -> None:
        tenant, manager = managed()
        reopen(tenant)
        shown = opened(log_in(manager), "resume", tenant)
        assert "Open: Local licence (in review)" in shown
        assert "<textarea" not in shown

    def test_is_open_again_once_it_is_settled(self) -> None:
        tenant, manager = managed()
        reopen(tenant)
        accept(tenant.partner.evidence.get(requirement__document_type="gaming_licence").pk)
        shown = page(log_in(manager), tenant)
        assert "has stopped" not in shown
        assert offers(shown, "suspend", tenant)

    def test_lets_a_person_lift_their_own_and_says_what_is_left(self) -> None:
        tenant, manager = managed()
        reopen(tenant)
        stop(tenant, manager)
        browser = log_in(manager)
        shown = page(browser, tenant)
        assert f"{manager.username} has stopped this tenant. {STOPPED}" in shown
        assert offers(shown, "resume", tenant)
        run(browser, Tenant, "resume", tenant.pk, reason="Paid")
        shown = page(browser, tenant)
        assert f"{tenant} is still suspended. {STOPPED}" in shown
        assert not offers(shown, "resume", tenant)


class TestStoppedByAMove:
    def test_says_what_production_waits_for(self) -> None:
        tenant, manager = managed()
        for stage in (Stage.DEPLOYMENT, Stage.TESTING):
            move_partner(partner_id=tenant.partner_id, to_stage=stage, moved_at=now(), reason="Back")
        shown = page(log_in(manager), tenant)
        assert "The platform itself has stopped this tenant. Production goes on from the stage" in shown
        assert not offers(shown, "resume", tenant)

    def test_says_beside_compliance_that_the_partner_is_paused(self) -> None:
        tenant, manager = managed()
        reopen(tenant)
        pause_partner(partner_id=tenant.partner_id, paused_at=now(), reason="Unpaid")
        shown = page(log_in(manager), tenant)
        assert STOPPED in shown
        assert "not while the partner is paused" in shown


class TestStoppedByAPerson:
    def test_says_what_else_keeps_production_stopped(self) -> None:
        tenant, manager = managed()
        stop(tenant, manager)
        browser = log_in(manager)
        assert offers(page(browser, tenant), "resume", tenant)
        ComplianceArea.objects.filter(partner=tenant.partner, area="aml").update(status="expired")
        shown = page(browser, tenant)
        assert f"{manager.username} has stopped this tenant. Production goes on once all five areas" in shown
        assert not offers(shown, "resume", tenant)

    @pytest.mark.parametrize(("first", "second"), [("compliance", "risk"), ("risk", "compliance")])
    def test_is_refused_to_others_before_anything_is_typed(self, first: str, second: str) -> None:
        tenant, _ = managed()
        officer, other = make_user(roles=(first,)), log_in(make_user(roles=(second,)))
        stop(tenant, officer)
        shown = opened(other, "resume", tenant)
        assert f"{officer.username} ({first}) has stopped this tenant" in shown
        assert "<textarea" not in shown
        assert "<textarea" in opened(other, "suspend", tenant)

    def test_is_not_stopped_twice_by_a_role(self) -> None:
        tenant, _ = managed()
        officer = make_user(roles=("risk",))
        stop(tenant, officer)
        shown = opened(log_in(make_user(roles=("risk",))), "suspend", tenant)
        assert f"{officer.username} (risk) has suspended this tenant already" in shown
        assert "<textarea" not in shown


class TestQueries:
    def test_a_tenant_stopped_by_everybody_is_looked_at_once(self) -> None:
        tenant, manager = managed()
        for role in ("compliance", "risk", "account_manager"):
            stop(tenant, make_user(roles=(role,)))
        reopen(tenant)
        browser = log_in(manager)
        page(browser, tenant)
        with CaptureQueriesContext(connection) as queries:
            page(browser, tenant)
        asked = [query["sql"] for query in queries]
        for table in ("partners_compliancesuspension", "partners_kyb_lapses", "partners_tenantcurrency"):
            assert sum(f"FROM {quoted}" in sql for sql in asked for quoted in (table, f'"{table}"')) <= 1, (
                table
            )
        assert not any('WHERE "core_staff_user"."username" =' in sql for sql in asked)
        assert len(asked) <= QUERIES_MAX, "\n".join(asked)
