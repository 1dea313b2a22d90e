"""What a move shut of production goes on with the move that comes back, and what else stops it stays."""

from datetime import timedelta

import pytest

from core.audit import acting
from core.clock import now
from core.models import StaffUser
from partners.compliance.models import ComplianceSuspension, StopLetter
from partners.compliance.services import reinstate_partners, reopen_evidence
from partners.models import Partner, Tenant
from partners.onboarding.models import ComplianceArea, Licence
from partners.onboarding.services import move_partner, pause_partner, unpause_partner
from partners.onboarding.stages import Stage
from partners.services import change_partner, resume_tenant, suspend_tenant
from partners.services.stops import PartnerStopped
from tests.makers.compliance import accept, accept_all
from tests.makers.onboarding import make_partner_at
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.commanding import run
from tests.office.partner_pages import tab_of, text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

REASON = "Local licence is in review again: The authority withdrew it"


def production_of(partner: Partner) -> Tenant:
    return Tenant.objects.get(partner=partner, kind="production")


def state(partner: Partner) -> tuple[str, list[str]]:
    found = production_of(partner)
    return found.status, found.held_by


def live() -> Partner:
    """Return a partner at Live with all documents accepted."""
    partner = make_partner_at(Stage.LIVE)
    accept_all(partner)
    return partner


def go(partner: Partner, *stages: Stage) -> None:
    for stage in stages:
        move_partner(partner_id=partner.pk, to_stage=stage, moved_at=now(), reason="On the way")


def back_at_testing() -> Partner:
    partner = live()
    go(partner, Stage.DEPLOYMENT, Stage.TESTING)
    assert state(partner) == ("suspended", [":"])
    return partner


def stopped_by_compliance() -> Partner:
    """Return a partner that compliance stopped at Live, at Testing since."""
    partner = live()
    evidence = partner.evidence.get(requirement__document_type="gaming_licence")
    reopen_evidence(evidence_id=evidence.pk, reopened_at=now(), reason="The authority withdrew it")
    go(partner, Stage.DEPLOYMENT, Stage.TESTING)
    assert state(partner) == ("suspended", [":"])
    return partner


def stop(partner: Partner, role: str) -> StaffUser:
    user = make_user(roles=(role,))
    with acting(user.username):
        suspend_tenant(tenant_id=production_of(partner).pk, suspended_at=now(), reason="A concern")
    return user


class TestArriving:
    def test_at_deployment_opens_what_the_move_away_had_shut(self) -> None:
        partner = back_at_testing()
        go(partner, Stage.DEPLOYMENT)
        assert state(partner) == ("active", [])
        go(partner, Stage.LIVE)

    def test_opens_what_compliance_stopped_and_settled_at_testing(self) -> None:
        partner = stopped_by_compliance()
        accept(partner.evidence.get(requirement__document_type="gaming_licence").pk)
        assert not ComplianceSuspension.objects.filter(partner=partner, lifted_at=None).exists()
        assert state(partner) == ("suspended", [":"])
        go(partner, Stage.DEPLOYMENT)
        assert state(partner) == ("active", [])

    def test_goes_and_opens_nothing_while_compliance_has_not_settled_it(self) -> None:
        partner = stopped_by_compliance()
        ComplianceArea.objects.filter(partner=partner).update(status="accepted")
        go(partner, Stage.DEPLOYMENT)
        assert state(partner) == ("suspended", [":"])
        with acting_as("b2b_jobs"):
            reinstate_partners(at=now())
        partner.refresh_from_db()
        assert (partner.stage, *state(partner)) == ("deployment", "active", [])

    @pytest.mark.parametrize("role", ["account_manager", "compliance", "risk"])
    @pytest.mark.parametrize("is_before", [True, False])
    def test_leaves_what_a_person_stopped(self, role: str, is_before: bool) -> None:
        partner = live()
        user = stop(partner, role) if is_before else None
        go(partner, Stage.DEPLOYMENT, Stage.TESTING)
        user = user or stop(partner, role)
        go(partner, Stage.DEPLOYMENT)
        assert state(partner) == ("suspended", [f"{role}:{user.username}"])

    def test_after_a_pause_opens_what_was_shut_before_it(self) -> None:
        partner = live()
        manager = stop(partner, "account_manager")
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Unpaid")
        with acting(manager.username):
            resume_tenant(tenant_id=production_of(partner).pk, resumed_at=now(), reason="Paid")
        assert state(partner) == ("suspended", [":"])
        unpause_partner(partner_id=partner.pk, unpaused_at=now(), reason="Paid")
        assert state(partner) == ("active", [])

    def test_with_a_lapse_is_compliances_to_let_go_on_and_it_does(self) -> None:
        partner = live()
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Unpaid")
        licences = Licence.objects.filter(partner=partner)
        valid_until = licences.values_list("expires_on", flat=True)[0]
        licences.update(expires_on=now().date() - timedelta(days=40))
        unpause_partner(partner_id=partner.pk, unpaused_at=now(), reason="Paid")
        assert state(partner) == ("suspended", [":"])
        stopped = ComplianceSuspension.objects.get(partner=partner, lifted_at=None)
        assert "licence" in stopped.reason
        assert StopLetter.objects.filter(suspension=stopped, occasion="stopped").count() == 2
        licences.update(expires_on=valid_until)
        with acting_as("b2b_jobs"):
            reinstate_partners(at=now())
        assert state(partner) == ("active", [])

    def test_is_what_production_waits_for(self) -> None:
        partner = back_at_testing()
        with acting(make_user(roles=("compliance",)).username), pytest.raises(PartnerStopped):
            resume_tenant(tenant_id=production_of(partner).pk, resumed_at=now(), reason="On")
        assert state(partner) == ("suspended", [":"])


@pytest.mark.usefixtures("office")
class TestOffice:
    def test_move_says_why_production_stays_suspended(self) -> None:
        partner = stopped_by_compliance()
        officer = stop(partner, "risk")
        ComplianceArea.objects.filter(partner=partner).update(status="accepted")
        manager = make_user(roles=("account_manager",))
        change_partner(partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now())
        browser = log_in(manager)
        run(browser, Partner, "move", partner.pk, to_stage="deployment", reason="Ready")
        shown = text_of(browser, tab_of(partner, "timeline"))
        assert "is moved to Deployment. Its production tenant stays suspended." in shown
        assert f"{officer.username} (risk) has stopped this tenant" in shown
        assert f"Compliance has stopped production: “{REASON}”" in shown

    def test_move_says_nothing_of_production_that_goes_on(self) -> None:
        partner = back_at_testing()
        browser = log_in(make_user(is_superuser=True))
        run(browser, Partner, "move", partner.pk, to_stage="deployment", reason="Ready")
        shown = text_of(browser, tab_of(partner, "timeline"))
        assert "is moved to Deployment." in shown
        assert "stays suspended" not in shown
