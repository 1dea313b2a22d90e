"""What production rests on is changed by compliance alone, and a place is added once all holds there."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from core.audit import acting
from core.clock import now
from core.models import StaffUser
from partners.compliance.queries import list_asked
from partners.compliance.services import (
    enter_reminders,
    hand_in_document,
    reinstate_partners,
    reopen_evidence,
    send_reminders,
)
from partners.compliance.services.handing_in import Handed
from partners.models import Partner, Tenant
from partners.onboarding.models import Company, Licence
from partners.onboarding.services import (
    add_director,
    add_licence,
    change_licence,
    end_director,
    end_owner,
    enter_company,
    move_partner,
    pause_partner,
)
from partners.onboarding.services.directors import LastDirector
from partners.onboarding.stages import Stage
from partners.services import change_partner, resume_tenant
from partners.services.grounds import LeftToCompliance, PlaceNotReady
from partners.services.stops import PartnerStopped
from tests.makers.compliance import accept, accept_all, areas, hand_in, pdf
from tests.makers.onboarding import make_partner_at, make_staff_user
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.partner_pages import form_of, tab_of, text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

GB = ("self_exclusion_scheme", "gb_operating_licence")


def live(stage: Stage = Stage.LIVE) -> Partner:
    """Return a partner that takes bets in MT, with all that is asked for there accepted."""
    partner = make_partner_at(stage)
    accept_all(partner)
    return partner


def take_bets_in(partner: Partner, *places: str, planned: tuple[str, ...] | None = None) -> Company:
    return enter_company(
        partner_id=partner.pk, jurisdictions=places, planned_jurisdictions=planned, entered_at=now()
    )


def plan(partner: Partner, *places: str) -> Company:
    return enter_company(partner_id=partner.pk, planned_jurisdictions=places, entered_at=now())


def license_in(partner: Partner, place: str, *, expires_on: date | None = None) -> Licence:
    return add_licence(
        partner_id=partner.pk,
        jurisdiction=place,
        authority="Commission",
        number=f"{place}/1",
        issued_on=date(2025, 1, 1),
        expires_on=expires_on,
        added_at=now(),
    )


def ready_in_gb(partner: Partner) -> None:
    plan(partner, "GB")
    for kind in GB:
        accept(hand_in(partner, kind).pk)
    license_in(partner, "GB")


def manager() -> StaffUser:
    return make_user(roles=("account_manager",))


def officer() -> StaffUser:
    return make_user(roles=("compliance",))


def production_of(partner: Partner) -> str:
    return Tenant.objects.get(partner=partner, kind="production").status


class TestWhoChangesTheGrounds:
    @pytest.mark.parametrize("stage", [Stage.DEPLOYMENT, Stage.LIVE])
    def test_account_manager_changes_no_place_country_or_licence(self, stage: Stage) -> None:
        partner = live(stage)
        licence = Licence.objects.get(partner=partner)
        with acting(manager().username):
            with pytest.raises(LeftToCompliance):
                take_bets_in(partner, "MT", "GB")
            with pytest.raises(LeftToCompliance):
                take_bets_in(partner)
            with pytest.raises(LeftToCompliance):
                change_partner(partner_id=partner.pk, changes={"country": "GB"}, changed_at=now())
            with pytest.raises(LeftToCompliance):
                license_in(partner, "GB")
            with pytest.raises(LeftToCompliance):
                change_licence(licence_id=licence.pk, expires_on=None, changed_at=now())
        assert Company.objects.get(partner=partner).jurisdictions == ["MT"]

    def test_account_manager_ends_no_stop_by_dropping_the_place_it_is_about(self) -> None:
        partner = live()
        ready_in_gb(partner)
        take_bets_in(partner, "MT", "GB")
        evidence = partner.evidence.get(requirement__document_type="gb_operating_licence")
        reopen_evidence(evidence_id=evidence.pk, reopened_at=now(), reason="The authority withdrew it")
        with acting(manager().username), pytest.raises(LeftToCompliance):
            take_bets_in(partner, "MT")
        reinstate_partners(at=now())
        assert production_of(partner) == "suspended"

    def test_account_manager_does_not_end_who_is_to_be_screened(self) -> None:
        partner = live()
        owner, director = partner.owners.get(), partner.directors.get()
        with acting(manager().username):
            with pytest.raises(LeftToCompliance):
                end_owner(owner_id=owner.pk, ended_on=now().date(), ended_at=now())
            with pytest.raises(LeftToCompliance):
                end_director(director_id=director.pk, ended_on=now().date(), ended_at=now())
        with acting(officer().username):
            end_owner(owner_id=owner.pk, ended_on=now().date(), ended_at=now())

    def test_last_director_is_followed_before_the_end(self) -> None:
        partner = live()
        director = partner.directors.get()
        with acting(officer().username):
            with pytest.raises(LastDirector):
                end_director(director_id=director.pk, ended_on=now().date(), ended_at=now())
            add_director(
                partner_id=partner.pk, name="Next", birth_date=date(1970, 1, 1), country="MT", added_at=now()
            )
            end_director(director_id=director.pk, ended_on=now().date(), ended_at=now())
        assert [each.name for each in partner.directors.filter(director_until=None)] == ["Next"]

    @pytest.mark.usefixtures("office")
    def test_who_ends_an_owner_is_told_that_not_all_are_known(self) -> None:
        partner = live()
        owner, browser = partner.owners.get(), log_in(officer())
        filled = {
            "name": owner.name,
            "birth_date": owner.birth_date.isoformat(),
            "country": owner.country,
            "share_percent": str(owner.share_percent),
            "owner_until": now().date().isoformat(),
        }
        shown = browser.post(form_of(partner, "owner", owner.pk), filled, follow=True).content.decode()
        assert "Not all owners are listed now, and production goes on" in shown

    def test_stay_compliances_through_a_pause(self) -> None:
        partner = live()
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Unpaid")
        with acting(manager().username), pytest.raises(LeftToCompliance):
            take_bets_in(partner, "MT", "GB")

    def test_stay_compliances_through_a_step_back(self) -> None:
        partner = live()
        licence = Licence.objects.get(partner=partner)
        for stage in (Stage.DEPLOYMENT, Stage.TESTING):
            move_partner(partner_id=partner.pk, to_stage=stage, moved_at=now(), reason="Back")
        with acting(manager().username):
            with pytest.raises(LeftToCompliance):
                change_licence(licence_id=licence.pk, expires_on=date(2030, 1, 1), changed_at=now())
            with pytest.raises(LeftToCompliance):
                take_bets_in(partner, "MT", "GB")

    def test_production_goes_on_at_its_stages_alone(self) -> None:
        partner = live()
        tenant = Tenant.objects.get(partner=partner, kind="production")
        for stage in (Stage.DEPLOYMENT, Stage.TESTING):
            move_partner(partner_id=partner.pk, to_stage=stage, moved_at=now(), reason="Back")
        assert production_of(partner) == "suspended"
        with pytest.raises(PartnerStopped):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="On")
        with (
            pytest.raises(IntegrityError, match="not active while its partner is testing"),
            transaction.atomic(),
        ):
            Tenant.objects.filter(pk=tenant.pk).update(status="active")
        reinstate_partners(at=now())
        assert production_of(partner) == "suspended"

    @pytest.mark.parametrize("is_paused", [False, True])
    def test_before_deployment_the_account_manager_changes_them(self, is_paused: bool) -> None:
        partner = live(Stage.TESTING)
        if is_paused:
            pause_partner(partner_id=partner.pk, paused_at=now(), reason="Unpaid")
        with acting(manager().username):
            assert take_bets_in(partner, "MT", "GB").jurisdictions == ["GB", "MT"]
            license_in(partner, "GB")
            change_partner(partner_id=partner.pk, changes={"country": "GB"}, changed_at=now())

    def test_rest_of_the_company_stays_the_account_managers(self) -> None:
        partner = live()
        with acting(manager().username):
            company = enter_company(partner_id=partner.pk, registration_number="C 2", entered_at=now())
        assert (company.registration_number, company.jurisdictions) == ("C 2", ["MT"])

    def test_stay_compliances_whatever_else_somebody_is(self) -> None:
        with acting(make_staff_user().username), pytest.raises(LeftToCompliance):
            take_bets_in(live(), "GB")

    def test_compliance_changes_a_licence_and_drops_a_place(self) -> None:
        partner = live()
        ready_in_gb(partner)
        with acting(officer().username):
            take_bets_in(partner, "MT", "GB")
            license_in(partner, "DE")
            assert take_bets_in(partner, "MT").jurisdictions == ["MT"]


class TestAddedPlace:
    def test_is_refused_with_what_is_missing_there(self) -> None:
        partner = live()
        with acting(officer().username), pytest.raises(PlaceNotReady) as refused:
            take_bets_in(partner, "MT", "GB")
        missing = (refused.value.details or {})["missing"]["GB"]
        assert missing == [
            "Membership of the national self-exclusion scheme (GB) (missing)",
            "Operating licence of the Gambling Commission (GB) (missing)",
            "a licence that holds",
        ]
        assert "GB: Membership" in refused.value.message
        assert (production_of(partner), areas(partner)["local_licence"]) == ("active", "accepted")

    def test_is_refused_where_its_licence_has_ended(self) -> None:
        partner = live()
        plan(partner, "GB")
        for kind in GB:
            accept(hand_in(partner, kind).pk)
        license_in(partner, "GB", expires_on=now().date())
        later = now() + timedelta(days=1)
        with pytest.raises(PlaceNotReady, match="GB: a licence that holds"):
            enter_company(partner_id=partner.pk, jurisdictions=("MT", "GB"), entered_at=later)

    def test_is_refused_by_way_of_the_country(self) -> None:
        partner = live()
        with acting(officer().username):
            take_bets_in(partner)
            with pytest.raises(PlaceNotReady):
                change_partner(partner_id=partner.pk, changes={"country": "GB"}, changed_at=now())

    def test_is_put_in_force_once_all_holds(self) -> None:
        partner = live()
        ready_in_gb(partner)
        with acting(officer().username):
            company = take_bets_in(partner, "MT", "GB")
        assert (company.jurisdictions, company.planned_jurisdictions) == (["GB", "MT"], [])
        assert (production_of(partner), set(areas(partner).values())) == ("active", {"accepted"})


class TestPlannedPlace:
    def test_asks_for_its_documents_and_leaves_the_areas(self) -> None:
        partner, who = live(), manager()
        with acting(who.username):
            plan(partner, "GB")
        assert set(GB) <= {one.document_type for one in list_asked(partner)}
        assert set(areas(partner).values()) == {"accepted"}
        document = hand_in(partner, "gb_operating_licence")
        accept(document.pk)
        reopen_evidence(evidence_id=document.pk, reopened_at=now(), reason="Another page")
        assert (production_of(partner), set(areas(partner).values())) == ("active", {"accepted"})

    def test_documents_do_not_put_an_area_up_for_review(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        plan(partner, "GB")
        before = areas(partner)
        hand_in(partner, "gb_operating_licence")
        assert areas(partner) == before

    def test_reopened_document_stops_nothing_while_another_area_waits(self) -> None:
        partner = live()
        plan(partner, "GB")
        document = hand_in(partner, "gb_operating_licence")
        accept(document.pk)
        partner.compliance_areas.filter(area="local_licence").update(status="expired")
        reopen_evidence(evidence_id=document.pk, reopened_at=now(), reason="Another page")
        assert production_of(partner) == "active"

    def test_reminder_threatens_no_suspension(self) -> None:
        partner = live()
        plan(partner, "GB")
        document = hand_in(partner, "gb_operating_licence", expires_on=now().date() + timedelta(days=5))
        accept(document.pk)
        with acting_as("b2b_jobs"):
            enter_reminders(at=now())
            send_reminders(at=now())
        (letter,) = [each for each in mail.outbox if f"To {partner.name}" in each.body]
        assert "Nothing is suspended without it" in letter.body
        assert "your production access is suspended" not in letter.body

    def test_document_is_handed_in_by_the_partner_itself(self) -> None:
        partner = live()
        plan(partner, "GB")
        tenant = Tenant.objects.get(partner=partner, kind="test")
        handed = Handed("gb_operating_licence", "l.pdf", pdf(), expires_on=now().date() + timedelta(days=9))
        with acting_as("b2b_api"), acting("client"):
            made = hand_in_document(
                tenant_id=tenant.pk, partner_id=partner.pk, handed=handed, uploaded_at=now()
            )
        assert made.status == "submitted"
        assert areas(partner)["local_licence"] == "accepted"


@pytest.mark.usefixtures("office")
class TestOffice:
    def test_account_manager_reads_the_places_and_plans_others(self) -> None:
        partner, who = live(), manager()
        change_partner(partner_id=partner.pk, changes={"account_manager_id": who.pk}, changed_at=now())
        browser = log_in(who)
        shown = text_of(browser, form_of(partner, "company"))
        assert '<output id="id_jurisdictions">MT</output>' in shown
        assert 'name="jurisdictions"' not in shown
        assert "compliance changes where a partner takes bets" in shown
        filled = {"registration_number": "C 9", "jurisdictions": "MT, GB", "planned_jurisdictions": "gb"}
        assert browser.post(form_of(partner, "company"), filled).status_code == 302
        company = Company.objects.get(partner=partner)
        assert (company.registration_number, company.jurisdictions) == ("C 9", ["MT"])
        assert company.planned_jurisdictions == ["GB"]
        tab = text_of(browser, tab_of(partner, "compliance"))
        assert "Is going to take bets in" in tab
        assert "Operating licence of the Gambling Commission (GB), planned" in tab
        assert "Add licence" not in tab
        handing = text_of(browser, form_of(partner, "hand-in"))
        assert "Operating licence of the Gambling Commission (GB), planned" in handing

    def test_account_manager_is_told_who_enters_licences(self) -> None:
        partner, who = live(), manager()
        change_partner(partner_id=partner.pk, changes={"account_manager_id": who.pk}, changed_at=now())
        licence = Licence.objects.get(partner=partner)
        for url in (form_of(partner, "licence-add"), form_of(partner, "licence", licence.pk)):
            for answer in (log_in(who).get(url), log_in(who).post(url, {"expires_on": ""})):
                assert answer.status_code == 403
                assert "compliance changes where a partner takes bets" in answer.content.decode()

    def test_account_manager_reads_the_country(self) -> None:
        partner, who = live(), manager()
        change_partner(partner_id=partner.pk, changes={"account_manager_id": who.pk}, changed_at=now())
        browser = log_in(who)
        url = f"/admin/partners/partner/{partner.pk}/change/"
        shown = text_of(browser, url)
        assert 'name="country"' not in shown
        assert "compliance changes where a partner takes bets" in shown
        browser.post(url, {"name": partner.name, "country": "GB", "time_zone": "UTC", "tier": "premium"})
        partner.refresh_from_db()
        assert (partner.country, partner.tier) == ("MT", "premium")

    def test_compliance_has_the_fields(self) -> None:
        partner = live()
        browser = log_in(officer())
        assert 'name="jurisdictions"' in text_of(browser, form_of(partner, "company"))
        answer = browser.post(form_of(partner, "company"), {"jurisdictions": "MT, GB"})
        assert "Something is missing before the partner takes bets there. GB:" in answer.content.decode()
        assert "Add licence" in text_of(browser, tab_of(partner, "compliance"))
