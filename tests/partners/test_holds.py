"""Who stops a partner decides who lets it go on."""

import pytest
from django.urls import reverse

from core.audit import acting
from core.clock import now
from core.models import StaffUser
from partners.models import Partner
from partners.onboarding.services import pause_partner, terminate_partner, unpause_partner
from partners.onboarding.stages import Stage
from partners.services import change_partner, resume_partner, suspend_partner
from partners.services.holds import PartnerHeld
from tests.makers.onboarding import make_partner_at
from tests.makers.partners import make_partner
from tests.makers.staff import log_in, make_user
from tests.office.commanding import run

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
        assert (partner.suspended_by, partner.suspended_role) == ("", "")

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

    def test_of_an_account_manager_is_taken_over_by_compliance(self) -> None:
        partner, manager = make_partner(), make_user(roles=("account_manager",))
        suspend(partner, manager)
        suspend(partner, make_user(roles=("compliance",)))
        with pytest.raises(PartnerHeld):
            resume(partner, manager)

    def test_of_compliance_does_not_become_the_account_managers(self) -> None:
        partner, manager = make_partner(), make_user(roles=("account_manager",))
        suspend(partner, make_user(roles=("compliance",)))
        suspend(partner, manager)
        with pytest.raises(PartnerHeld):
            resume(partner, manager)

    def test_of_risk_is_resumed_by_a_second_person_of_risk(self) -> None:
        partner, first = make_partner(), make_user(roles=("risk",))
        suspend(partner, first)
        with pytest.raises(PartnerHeld, match="another person of risk"):
            resume(partner, first)
        assert resume(partner, make_user(roles=("risk",))) == "active"


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
