"""A document has expired: the partner and staff are told when production stops. Time is travelled."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage

from core.clock import now
from core.models import AuditRecord, StaffUser
from partners.compliance.models import EXPIRED, ComplianceReminder
from partners.compliance.services import enter_reminders, expire_evidence, send_reminders
from partners.models import Partner
from partners.onboarding.stages import Stage
from partners.services import change_partner
from tests.makers.compliance import accept_all, accepted, hand_in, make_contact
from tests.makers.mail import serving_mail
from tests.makers.onboarding import make_partner_at
from tests.makers.partners import make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.partner_pages import tab_of, text_of

pytestmark = [pytest.mark.role("b2b_jobs"), pytest.mark.usefixtures("committed")]

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
LAST_DAY = date(2026, 6, 30)
STOPS_ON = "2026-07-15"


def after(days: int) -> datetime:
    """A moment so many days after the last day; negative: before it."""
    day = LAST_DAY + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def live(*document_types: str) -> tuple[Partner, str, StaffUser]:
    """Return a partner in production with documents that end, its contact and an officer of compliance."""
    partner = make_tenant("production", allowed_ips=["192.0.2.0/24"]).partner
    accept_all(partner, at=START, lasting=dict.fromkeys(document_types, LAST_DAY))
    return partner, make_contact(partner), make_user(roles=("compliance",))


def look(days: int) -> None:
    """Do what the jobs do on a day."""
    expire_evidence(at=after(days))
    enter_reminders(at=after(days))
    send_reminders(at=after(days))


def told(address: str, partner: Partner) -> list[EmailMessage]:
    about = [each for each in mail.outbox if partner.name in f"{each.subject} {each.body}"]
    return [each for each in about if address in each.to and "expired" in each.subject]


class TestExpired:
    def test_partner_and_staff_are_told_once_when_production_stops(self) -> None:
        partner, address, officer = live("gaming_licence")
        look(0)
        assert told(address, partner) == told(officer.email, partner) == []
        for days in (1, 2, 14, 15):
            look(days)
        (to_partner,), (to_staff,) = told(address, partner), told(officer.email, partner)
        assert f"Your production access is suspended on {STOPS_ON}" in to_partner.body
        assert "its last day was 2026-06-30" in to_partner.body
        assert f"Production stops on {STOPS_ON} unless a new copy is accepted." in to_staff.body
        assert to_staff.subject.startswith(f"{partner.name}: ")
        assert to_partner.to == [address]
        assert address not in to_staff.to

    @pytest.mark.usefixtures("office")
    def test_account_manager_is_told_and_led_to_the_page(self, settings: Any) -> None:
        settings.OFFICE_URL = "https://office.example.com"
        partner, _, _ = live("gaming_licence")
        with acting_as("b2b_office"):
            manager = make_user(roles=("account_manager",))
            change_partner(
                partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now()
            )
        look(1)
        (letter,) = told(manager.email, partner)
        assert f"https://office.example.com{tab_of(partner, 'compliance')}" in letter.body

    def test_letter_before_the_last_day_says_when_production_stops(self) -> None:
        _, address, _ = live("gaming_licence")
        look(-30)
        (letter,) = [each for each in mail.outbox if address in each.to]
        assert f"Your production access is suspended on {STOPS_ON}" in letter.body

    def test_letter_before_the_last_day_that_was_never_sent_is_overtaken(self) -> None:
        partner, address, _ = live("gaming_licence")
        enter_reminders(at=after(-7))
        look(1)
        states = ComplianceReminder.objects.filter(evidence__partner=partner, audience="partner")
        assert dict(states.values_list("days", "state")) == {7: "dropped", EXPIRED: "sent"}
        assert len(told(address, partner)) == 1

    def test_copy_that_waits_is_told_to_staff_alone(self) -> None:
        partner, address, officer = live("gaming_licence")
        hand_in(partner, at=after(-1), expires_on=LAST_DAY + timedelta(days=300))
        look(1)
        assert told(address, partner) == []
        (letter,) = told(officer.email, partner)
        assert "A new copy waits for review." in letter.body

    def test_document_that_is_not_mandatory_stops_nothing(self) -> None:
        partner = make_tenant("production", allowed_ips=["192.0.2.0/24"]).partner
        address = make_contact(partner)
        accepted(partner, "staff_training_record", expires_on=LAST_DAY, at=START)
        look(1)
        (letter,) = told(address, partner)
        assert "Nothing is suspended without it." in letter.body
        assert STOPS_ON not in letter.body

    def test_production_that_does_not_run_is_not_said_to_stop(self) -> None:
        partner = make_partner()
        address = make_contact(partner)
        accepted(partner, expires_on=LAST_DAY, at=START)
        look(1)
        (letter,) = told(address, partner)
        assert "Production waits for a new copy." in letter.body

    def test_what_expired_before_the_grace_is_left_to_the_letter_about_the_stop(self) -> None:
        partner, address, _ = live("gaming_licence")
        look(15)
        assert told(address, partner) == []
        assert not ComplianceReminder.objects.filter(evidence__partner=partner).exists()


class TestOneLetter:
    def test_tells_of_all_documents_of_a_partner_at_one_distance(self) -> None:
        partner, address, _ = live("gaming_licence", "aml_policy")
        other, elsewhere, _ = live("gaming_licence")
        look(-30)
        (letter,) = [each for each in mail.outbox if address in each.to]
        assert letter.subject == "2 documents: new copies are needed by 2026-06-30"
        assert "type gaming_licence" in letter.body
        assert "type aml_policy" in letter.body
        reminders = ComplianceReminder.objects.filter(evidence__partner=partner)
        assert list(reminders.values_list("state", "recipients", "attempts")) == [("sent", [address], 1)] * 2
        keys = [str(each.evidence_id) for each in reminders]
        assert AuditRecord.objects.filter(object_id__in=keys, action="send reminder").count() == 2
        (own,) = [each for each in mail.outbox if elsewhere in each.to]
        assert other.name in own.body

    def test_of_what_has_expired_is_one_as_well(self) -> None:
        partner, address, officer = live("gaming_licence", "aml_policy")
        look(1)
        (to_partner,), (to_staff,) = told(address, partner), told(officer.email, partner)
        assert to_partner.subject == "2 documents have expired: new copies are needed"
        assert to_staff.subject == f"{partner.name}: 2 documents have expired"
        assert to_staff.body.count(f"Production stops on {STOPS_ON}") == 2

    def test_that_failed_is_sent_again_once(self, settings: Any) -> None:
        partner, _, _ = live("gaming_licence", "aml_policy")
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        enter_reminders(at=after(-30))
        with serving_mail(refuses="2 documents") as server:
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            send_reminders(at=after(-30))
            reminders = ComplianceReminder.objects.filter(evidence__partner=partner)
            assert {each.state for each in reminders} <= {"failed", "sent"}
            send_reminders(at=after(-29))
        assert {each.state for each in reminders.all()} == {"sent"}
        assert len([each for each in server.taken if "2 documents" in each["Subject"]]) == 1


class TestComplianceTab:
    @pytest.mark.role("b2b_office")
    @pytest.mark.usefixtures("office")
    def test_says_when_production_stops_for_want_of_a_document(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        last_day = now().date() - timedelta(days=2)
        begun = now() - timedelta(days=100)
        accept_all(partner, at=begun, lasting={"gaming_licence": last_day})
        with acting_as("b2b_jobs"):
            expire_evidence(at=now())
        officer = log_in(make_user(roles=("compliance",)))
        stops_on = last_day + timedelta(days=15)
        said = f"{last_day}. Production stops on {stops_on}."
        assert said in text_of(officer, tab_of(partner, "compliance"))
        with acting_as("b2b_jobs"):
            partner.tenants.filter(kind="production").update(status="suspended", held_by=[":"])
        assert "Production stops on" not in text_of(officer, tab_of(partner, "compliance"))
