"""An automatic stop is told: by letter, on the homes, and in the partner's header."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.html import escape

from core.clock import now
from core.letters import PAUSES
from core.models import AuditRecord, StaffUser
from partners.compliance.models import StopLetter
from partners.compliance.services import reopen_evidence, send_stop_letters
from partners.kyb.services import suspend_lapsed_kyb
from partners.models import Partner, Tenant
from partners.onboarding.models import Contact
from partners.onboarding.services import terminate_partner
from partners.onboarding.stages import Stage
from partners.services import change_partner
from tests.makers.business import screen
from tests.makers.compliance import accept, accept_all, make_contact
from tests.makers.mail import serving_mail
from tests.makers.onboarding import make_partner_at
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.partner_pages import tab_of, text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]


def managed_and_live() -> tuple[Partner, StaffUser, StaffUser]:
    """Return a partner at Live, its account manager and an officer of compliance."""
    partner = make_partner_at(Stage.LIVE)
    accept_all(partner)
    manager, officer = make_user(roles=("account_manager",)), make_user(roles=("compliance",))
    change_partner(partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now())
    return partner, manager, officer


def reopen(partner: Partner) -> Any:
    evidence = partner.evidence.get(requirement__document_type="gaming_licence")
    reopen_evidence(evidence_id=evidence.pk, reopened_at=now(), reason="The authority withdrew it")
    return evidence


def send(*, later: timedelta = timedelta(0)) -> None:
    with acting_as("b2b_jobs"):
        send_stop_letters(at=now() + later)


def about(partner: Partner) -> list[EmailMessage]:
    return [each for each in mail.outbox if each.subject.startswith(f"{partner.name}: production")]


class TestLetters:
    def test_go_to_compliance_and_the_account_manager_when_it_stops_and_goes_on(self) -> None:
        partner, manager, officer = managed_and_live()
        evidence = reopen(partner)
        send()
        (stopped,) = about(partner)
        assert {manager.email, officer.email} <= set(stopped.to)
        assert stopped.subject == f"{partner.name}: production is stopped"
        assert "Local licence is in review again: The authority withdrew it" in stopped.body
        accept(evidence.pk)
        send()
        send()
        assert [each.subject for each in about(partner)[1:]] == [f"{partner.name}: production goes on"]
        letters = StopLetter.objects.filter(suspension__partner=partner)
        assert sorted(letters.values_list("occasion", "audience", "state")) == [
            (occasion, audience, "sent")
            for occasion in ("resumed", "stopped")
            for audience in ("partner", "staff")
        ]
        key = str(partner.compliance_suspensions.get().pk)
        assert AuditRecord.objects.filter(object_id=key, action="send letter").count() == 4

    @pytest.mark.usefixtures("office")
    def test_lead_staff_to_the_partners_page(self, settings: Any) -> None:
        settings.OFFICE_URL = "https://office.example.com"
        partner, _, _ = managed_and_live()
        evidence = reopen(partner)
        send()
        accept(evidence.pk)
        send()
        page = f"https://office.example.com{tab_of(partner, 'compliance')}"
        assert [page in each.body for each in about(partner)] == [True, True]

    def test_tell_of_a_lapse_after_the_grace(self) -> None:
        partner, _, _ = managed_and_live()
        with acting_as("b2b_jobs"):
            suspend_lapsed_kyb(at=now() + timedelta(days=730 + 14))
        send()
        (letter,) = about(partner)
        assert "the review of the business is overdue" in letter.body

    def test_tell_nobody_of_a_match(self) -> None:
        partner, _, _ = managed_and_live()
        screen(partner.pk, result="confirmed_match", found="List entry 7")
        send()
        (letter,) = about(partner)
        assert "A check of compliance is open." in letter.body
        for word in ("match", "sanction", "screening", "entry 7"):
            assert word not in letter.body.lower()

    def test_are_sent_again_when_that_failed(self, settings: Any) -> None:
        partner, _, _ = managed_and_live()
        reopen(partner)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        letter = StopLetter.objects.get(suspension__partner=partner, audience="staff")
        with acting_as("b2b_jobs"), serving_mail(refuses=partner.name) as server:
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            send_stop_letters(at=now())
            letter.refresh_from_db()
            assert (letter.state, letter.attempts) == ("failed", 1)
            assert "451" in letter.failure
            send_stop_letters(at=now() + PAUSES[0])
        letter.refresh_from_db()
        assert (letter.state, letter.attempts, letter.failure) == ("sent", 2, "")

    def test_say_nothing_of_going_on_where_it_does_not(self) -> None:
        partner, _, _ = managed_and_live()
        evidence = reopen(partner)
        Tenant.objects.filter(partner=partner, kind="production").update(held_by=[":", "risk:somebody"])
        accept(evidence.pk)
        found = StopLetter.objects.filter(suspension__partner=partner)
        assert set(found.values_list("occasion", flat=True)) == {"stopped"}


class TestLettersToThePartner:
    def stopped(self, partner: Partner) -> EmailMessage:
        (letter,) = self.told(partner, "Your production access is suspended")
        return letter

    def told(self, partner: Partner, subject: str) -> list[EmailMessage]:
        return [each for each in mail.outbox if each.subject == subject and partner.name in each.body]

    def test_say_what_is_missing_and_what_to_do(self) -> None:
        partner, _, _ = managed_and_live()
        address = make_contact(partner)
        evidence = reopen(partner)
        send()
        letter = self.stopped(partner)
        assert letter.to == [address]
        for words in (
            f"“{evidence.requirement}” (type gaming_licence) is in review again.",
            "GET /onboarding",
            "POST /compliance/documents",
        ):
            assert words in letter.body
        accept(evidence.pk)
        send()
        (goes_on,) = self.told(partner, "Your production access goes on")
        assert goes_on.to == [address]

    def test_show_staff_and_partner_no_address_of_each_other(self) -> None:
        partner, manager, officer = managed_and_live()
        address = make_contact(partner)
        reopen(partner)
        send()
        (to_staff,) = about(partner)
        assert address not in to_staff.to
        assert not {manager.email, officer.email} & set(self.stopped(partner).to)

    def test_go_to_the_primary_contact_where_there_is_none_for_compliance(self) -> None:
        partner, _, _ = managed_and_live()
        reopen(partner)
        send()
        primary = Contact.objects.get(partner=partner, is_primary=True)
        assert self.stopped(partner).to == [primary.email]

    @pytest.mark.parametrize("what", ["match", "out of date"])
    def test_say_of_screenings_that_a_check_is_open(self, what: str) -> None:
        partner, _, _ = managed_and_live()
        if what == "match":
            screen(partner.pk, result="confirmed_match", found="List entry 7")
            at = now()
        else:
            at = now() + timedelta(days=90 + 14)
            with acting_as("b2b_jobs"):
                suspend_lapsed_kyb(at=at)
        with acting_as("b2b_jobs"):
            send_stop_letters(at=at)
        letter = self.stopped(partner)
        assert "* A check by our compliance team is open" in letter.body
        for word in ("match", "sanction", "screening", "out of date", "entry 7"):
            assert word not in letter.body.lower()

    def test_name_the_licence_and_the_review(self) -> None:
        partner, _, _ = managed_and_live()
        at = now() + timedelta(days=730 + 14)
        ended = now().date() + timedelta(days=700)
        partner.licences.update(expires_on=ended)
        with acting_as("b2b_jobs"):
            suspend_lapsed_kyb(at=at)
            send_stop_letters(at=at)
        body = self.stopped(partner).body
        assert f"* The licence B2C/1 for MT ended on {ended}: we need the new one." in body
        assert "* The periodic review of your business is due" in body

    def test_are_not_sent_to_a_partner_that_has_ended(self) -> None:
        partner, _, _ = managed_and_live()
        reopen(partner)
        terminate_partner(partner_id=partner.pk, terminated_at=now(), reason="It is over")
        send()
        letter = StopLetter.objects.get(suspension__partner=partner, audience="partner")
        assert letter.state == "dropped"


@pytest.mark.usefixtures("office")
class TestOffice:
    def test_partner_is_named_on_the_homes_and_its_header_says_so(self) -> None:
        partner, manager, officer = managed_and_live()
        header = text_of(log_in(officer), tab_of(partner, "overview"))
        assert "Production stopped" not in header
        evidence = reopen(partner)
        listed = f"{reverse('admin:partners_partner_changelist')}?production=stopped"
        browser = log_in(manager)
        home = text_of(browser, reverse("admin:index"))
        assert "Production stopped by compliance" in home
        assert partner.name in home[home.index(listed) :]
        assert listed in text_of(log_in(officer), reverse("admin:index"))
        assert partner.name in text_of(browser, listed)
        for tab in ("overview", "compliance"):
            assert "Production stopped" in text_of(browser, tab_of(partner, tab))
        reason = partner.compliance_suspensions.get(lifted_at=None).reason
        overview = text_of(browser, tab_of(partner, "overview"))
        assert f"Compliance has stopped production: “{escape(reason)}”." in overview
        accept(evidence.pk)
        assert "Production stopped" not in text_of(browser, tab_of(partner, "overview"))
        assert partner.name not in text_of(browser, listed)

    def test_other_peoples_partners_are_not_named(self) -> None:
        partner, _, _ = managed_and_live()
        reopen(partner)
        home = text_of(log_in(make_user(roles=("account_manager",))), reverse("admin:index"))
        assert partner.name not in home

    def test_ended_partner_is_not_counted(self) -> None:
        partner, manager, _ = managed_and_live()
        reopen(partner)
        terminate_partner(partner_id=partner.pk, terminated_at=now(), reason="It is over")
        listed = f"{reverse('admin:partners_partner_changelist')}?production=stopped"
        assert partner.name not in text_of(log_in(manager), listed)
        assert "Production stopped" not in text_of(log_in(manager), tab_of(partner, "overview"))
