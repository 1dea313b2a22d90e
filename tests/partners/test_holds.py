"""Who stops a partner decides who lets it go on."""

import pytest
from django.urls import reverse

from core.audit import acting
from core.clock import now
from core.models import StaffUser
from partners.compliance.models import ComplianceSuspension
from partners.compliance.services import reopen_evidence
from partners.models import Partner, Tenant
from partners.onboarding.services import pause_partner, terminate_partner, unpause_partner
from partners.onboarding.stages import Stage
from partners.services import (
    change_partner,
    resume_partner,
    resume_tenant,
    suspend_partner,
    suspend_tenant,
)
from partners.services.holds import PartnerHeld
from partners.services.suspending import AlreadySuspended, NotSuspended
from tests.makers.compliance import accept, accept_all
from tests.makers.onboarding import make_partner_at
from tests.makers.partners import make_partner, make_tenant
from tests.makers.staff import log_in, make_user
from tests.office.commanding import address, run
from tests.office.partner_pages import text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]


def suspend(partner: Partner, user: StaffUser) -> None:
    with acting(user.username):
        suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="A concern")


def resume(partner: Partner, user: StaffUser) -> str:
    with acting(user.username):
        resume_partner(partner_id=partner.pk, resumed_at=now(), reason="It is settled")
    partner.refresh_from_db()
    return partner.status


class TestSuspendedPartner:
    def test_of_compliance_is_not_resumed_by_its_account_manager(self) -> None:
        partner, officer = make_partner(), make_user(roles=("compliance",))
        suspend(partner, officer)
        with pytest.raises(PartnerHeld, match=f"{officer.username} \\(compliance\\)") as refused:
            resume(partner, make_user(roles=("account_manager",)))
        assert refused.value.details == {"role": "compliance"}
        partner.refresh_from_db()
        assert partner.status == "suspended"

    def test_of_compliance_is_resumed_by_anybody_of_compliance(self) -> None:
        partner = make_partner()
        suspend(partner, make_user(roles=("compliance",)))
        assert resume(partner, make_user(roles=("compliance",))) == "active"
        assert partner.held_by == []

    def test_stays_with_compliance_when_the_officer_has_left(self) -> None:
        partner, officer = make_partner(), make_user(roles=("compliance",))
        suspend(partner, officer)
        StaffUser.objects.filter(pk=officer.pk).update(is_active=False)
        with pytest.raises(PartnerHeld):
            resume(partner, make_user(roles=("account_manager",)))

    @pytest.mark.parametrize("role", ["account_manager", "compliance"])
    def test_of_an_account_manager_is_resumed_by_either(self, role: str) -> None:
        partner = make_partner()
        suspend(partner, make_user(roles=("account_manager",)))
        assert resume(partner, make_user(roles=(role,))) == "active"

    def test_is_suspended_and_resumed_once(self) -> None:
        partner, manager = make_partner(), make_user(roles=("account_manager",))
        with pytest.raises(NotSuspended, match="This partner is active already"):
            resume(partner, manager)
        suspend(partner, manager)
        with pytest.raises(AlreadySuspended, match=f"{manager.username} \\(account_manager\\)"):
            suspend(partner, manager)

    def test_of_risk_is_resumed_by_a_second_person_of_risk(self) -> None:
        partner, first = make_partner(), make_user(roles=("risk",))
        suspend(partner, first)
        with pytest.raises(PartnerHeld, match="another person of risk"):
            resume(partner, first)
        assert resume(partner, make_user(roles=("risk",))) == "active"


def stop(tenant: Tenant, user: StaffUser) -> None:
    with acting(user.username):
        suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason="A concern")


def let_go(tenant: Tenant, user: StaffUser) -> str:
    with acting(user.username):
        resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="It is settled")
    tenant.refresh_from_db()
    return tenant.status


def live() -> Tenant:
    """Return the production tenant of a partner at Live, with all documents accepted."""
    partner = make_partner_at(Stage.LIVE)
    accept_all(partner)
    return Tenant.objects.get(partner=partner, kind="production")


class TestSuspendedTenant:
    @pytest.mark.parametrize("role", ["compliance", "risk"])
    def test_is_not_resumed_by_the_account_manager(self, role: str) -> None:
        tenant = make_tenant()
        stop(tenant, make_user(roles=(role,)))
        with pytest.raises(PartnerHeld, match="has stopped this tenant"):
            let_go(tenant, make_user(roles=("account_manager",)))

    def test_of_risk_is_resumed_by_a_second_person_of_risk(self) -> None:
        tenant, first = make_tenant(), make_user(roles=("risk",))
        stop(tenant, first)
        with pytest.raises(PartnerHeld, match="another person of risk"):
            let_go(tenant, first)
        assert let_go(tenant, make_user(roles=("risk",))) == "active"
        assert tenant.held_by == []

    def test_of_an_account_manager_is_resumed_by_another(self) -> None:
        tenant = make_tenant()
        stop(tenant, make_user(roles=("account_manager",)))
        assert let_go(tenant, make_user(roles=("risk",))) == "active"

    def test_is_suspended_and_resumed_once(self) -> None:
        tenant, officer = make_tenant(), make_user(roles=("compliance",))
        with pytest.raises(NotSuspended, match="This tenant is active already"):
            let_go(tenant, officer)
        stop(tenant, officer)
        with pytest.raises(AlreadySuspended, match=f"{officer.username} \\(compliance\\)"):
            stop(tenant, make_user(roles=("compliance",)))

    def test_of_risk_stays_when_compliance_lets_production_go_on(self) -> None:
        tenant = live()
        evidence = tenant.partner.evidence.get(requirement__document_type="gaming_licence")
        reopen_evidence(evidence_id=evidence.pk, reopened_at=now(), reason="The authority withdrew it")
        officer = make_user(roles=("risk",))
        stop(tenant, officer)
        accept(evidence.pk)
        tenant.refresh_from_db()
        assert (tenant.status, tenant.held_by) == ("suspended", [f"risk:{officer.username}"])
        assert not ComplianceSuspension.objects.filter(partner=tenant.partner, lifted_at=None).exists()

    def test_of_compliance_itself_is_not_taken_for_a_persons(self) -> None:
        tenant, officer = live(), make_user(roles=("compliance",))
        evidence = tenant.partner.evidence.get(requirement__document_type="gaming_licence")
        with acting(officer.username):
            reopen_evidence(evidence_id=evidence.pk, reopened_at=now(), reason="The authority withdrew it")
        tenant.refresh_from_db()
        assert (tenant.status, tenant.held_by) == ("suspended", [":"])
        accept(evidence.pk)
        tenant.refresh_from_db()
        assert tenant.status == "active"

    def test_of_risk_outlasts_a_pause_of_the_account_manager(self) -> None:
        tenant, manager, officer = live(), *(make_user(roles=(each,)) for each in ("account_manager", "risk"))
        with acting(manager.username):
            pause_partner(partner_id=tenant.partner_id, paused_at=now(), reason="Unpaid")
        stop(tenant, officer)
        with acting(manager.username):
            unpause_partner(partner_id=tenant.partner_id, unpaused_at=now(), reason="Paid")
        tenant.refresh_from_db()
        assert (tenant.status, tenant.held_by) == ("suspended", [f"risk:{officer.username}"])


class TestPausedPartner:
    def test_of_compliance_goes_on_by_compliance_alone(self) -> None:
        partner, manager = make_partner_at(Stage.CREDENTIALS), make_user(roles=("account_manager",))
        officer = make_user(roles=("compliance",))
        with acting(officer.username):
            pause_partner(partner_id=partner.pk, paused_at=now(), reason="A concern")
        with acting(manager.username), pytest.raises(PartnerHeld):
            unpause_partner(partner_id=partner.pk, unpaused_at=now(), reason="Go on")
        with acting(officer.username):
            unpause_partner(partner_id=partner.pk, unpaused_at=now(), reason="It is settled")
        partner.refresh_from_db()
        assert partner.stage == "credentials"

    def test_of_compliance_may_be_ended_by_its_account_manager(self) -> None:
        partner, manager = make_partner_at(Stage.CREDENTIALS), make_user(roles=("account_manager",))
        with acting(make_user(roles=("compliance",)).username):
            pause_partner(partner_id=partner.pk, paused_at=now(), reason="A concern")
        with acting(manager.username):
            terminate_partner(partner_id=partner.pk, terminated_at=now(), reason="They left")
        partner.refresh_from_db()
        assert partner.stage == "terminated"


@pytest.mark.usefixtures("office")
class TestOffice:
    def test_resume_is_offered_to_who_may_and_refused_to_others(self) -> None:
        partner = make_partner()
        officer, manager = make_user(roles=("compliance",)), make_user(roles=("account_manager",))
        change_partner(partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now())
        suspend(partner, officer)
        for user, is_offered in ((officer, True), (manager, False)):
            browser = log_in(user)
            shown = browser.get(reverse("office-partner-overview", args=(partner.pk,))).content.decode()
            assert ("Resume" in shown) is is_offered
            assert "who has the role compliance lets it go on" in shown
        refused = run(log_in(manager), Partner, "resume", partner.pk, reason="Go on")
        assert "lets it go on" in refused.content.decode()
        partner.refresh_from_db()
        assert partner.status == "suspended"
        run(log_in(officer), Partner, "resume", partner.pk, reason="It is settled")
        partner.refresh_from_db()
        assert partner.status == "active"

    @pytest.mark.parametrize("of", ["partner", "tenant"])
    def test_risk_suspends_at_once_and_another_person_of_risk_resumes(self, of: str) -> None:
        tenant = make_tenant()
        row: Partner | Tenant = tenant.partner if of == "partner" else tenant
        first, second = make_user(roles=("risk",)), make_user(roles=("risk",))
        run(log_in(first), type(row), "suspend", row.pk, reason="Fraud")
        row.refresh_from_db()
        assert (row.status, row.held_by) == ("suspended", [f"risk:{first.username}"])
        shown = text_of(log_in(second), address(Tenant, "change", tenant.pk))
        assert of == "partner" or "another person of risk lets it go on" in shown
        refused = run(log_in(first), type(row), "resume", row.pk, reason="It was nothing").content.decode()
        assert "another person of risk lets it go on" in refused
        run(log_in(second), type(row), "resume", row.pk, reason="It was nothing")
        row.refresh_from_db()
        assert row.status == "active"

    def test_refused_stop_is_told_and_recorded_nowhere(self) -> None:
        partner, officer = make_partner(), make_user(roles=("compliance",))
        suspend(partner, officer)
        again = log_in(make_user(roles=("compliance",)))
        answer = run(again, Partner, "suspend", partner.pk, reason="Mine").content.decode()
        assert f"{officer.username} (compliance) has suspended this partner already" in answer
        run(log_in(officer), Partner, "resume", partner.pk, reason="It is settled")
        answer = run(log_in(officer), Partner, "resume", partner.pk, reason="Again").content.decode()
        assert "This partner is active already" in answer

    @pytest.mark.parametrize("role", ["support", "trader", "finance_maker", "auditor"])
    def test_other_roles_stop_nobody(self, role: str) -> None:
        tenant = make_tenant()
        browser = log_in(make_user(roles=(role,)))
        for row in (tenant, tenant.partner):
            assert run(browser, type(row), "suspend", row.pk, reason="Try").status_code == 403
