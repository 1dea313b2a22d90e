"""Documents end: reminders before it, areas on the day, production after the grace. Time is travelled."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db.models import QuerySet

from partners.compliance.models import ComplianceReminder, ComplianceSuspension, EvidenceFile
from partners.compliance.rules import CopyAsked, DocumentDecided
from partners.compliance.services import (
    ask_for_copy,
    enter_reminders,
    expire_evidence,
    reinstate_partners,
    send_reminders,
    suspend_lapsed,
)
from partners.models import Partner, Tenant
from partners.services import resume_tenant
from partners.services.stops import ProductionNotCompliant
from tests.makers.compliance import accept_all, accepted, areas, hand_in, make_contact
from tests.makers.partners import make_partner, make_tenant

pytestmark = [pytest.mark.role("b2b_jobs"), pytest.mark.usefixtures("committed")]

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
LAST_DAY = date(2026, 6, 30)


def on(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def after(days: int) -> datetime:
    """A moment so many days after the last day; negative: before it."""
    return on(LAST_DAY + timedelta(days=days))


def ending(partner: Partner, last_day: date = LAST_DAY) -> EvidenceFile:
    return accepted(partner, expires_on=last_day, at=START)


def reminders(evidence: EvidenceFile) -> QuerySet[ComplianceReminder]:
    return ComplianceReminder.objects.filter(evidence=evidence).order_by("-days")


def days_reminded(evidence: EvidenceFile) -> list[int]:
    return list(reminders(evidence).values_list("days", flat=True))


def letters_to(address: str) -> list[Any]:
    return [letter for letter in mail.outbox if address in letter.to]


class Broken:
    """A mail server that is away."""

    def __init__(self, **_: Any) -> None:
        pass

    def send_messages(self, _: Any) -> int:
        raise OSError("connection refused")


class TestExpire:
    def test_last_day_still_counts(self) -> None:
        partner = make_partner()
        made = ending(partner)
        expire_evidence(at=after(0))
        made.refresh_from_db()
        assert made.status == "accepted"

    def test_day_after_it_document_and_area_have_expired(self) -> None:
        partner = make_partner()
        made = ending(partner)
        expire_evidence(at=after(1))
        made.refresh_from_db()
        assert made.status == "expired"
        assert areas(partner)["local_licence"] == "expired"

    def test_second_look_changes_nothing(self) -> None:
        ending(make_partner())
        expire_evidence(at=after(1))
        assert expire_evidence(at=after(1)) == 0


class TestSuspension:
    def lapsing(self) -> Tenant:
        tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
        accept_all(tenant.partner, at=START, lasting={"gaming_licence": LAST_DAY})
        return tenant

    def look(self, tenant: Tenant, days: int) -> str:
        expire_evidence(at=after(days))
        suspend_lapsed(at=after(days))
        tenant.refresh_from_db()
        return tenant.status

    def test_production_goes_on_through_the_grace(self) -> None:
        assert self.look(self.lapsing(), 14) == "active"

    def test_production_stops_after_the_grace_and_says_why(self) -> None:
        tenant = self.lapsing()
        assert self.look(tenant, 15) == "suspended"
        stopped = ComplianceSuspension.objects.get(partner=tenant.partner)
        assert "Gaming licence" in stopped.reason
        assert "2026-06-30" in stopped.reason

    def test_grace_is_a_setting(self, settings: Any) -> None:
        settings.COMPLIANCE_GRACE_DAYS = 3
        assert self.look(self.lapsing(), 4) == "suspended"

    def test_rejected_successor_does_not_stop_the_clock(self) -> None:
        tenant = self.lapsing()
        expire_evidence(at=after(1))
        hand_in(tenant.partner, at=after(2))
        assert self.look(tenant, 15) == "suspended"

    def test_accepted_successor_keeps_production_going(self) -> None:
        tenant = self.lapsing()
        expire_evidence(at=after(1))
        accepted(tenant.partner, at=after(2))
        assert self.look(tenant, 15) == "active"

    def test_production_goes_on_once_all_is_accepted_again(self) -> None:
        tenant = self.lapsing()
        self.look(tenant, 15)
        accepted(tenant.partner, at=after(16))
        tenant.refresh_from_db()
        assert tenant.status == "active"
        assert ComplianceSuspension.objects.get(partner=tenant.partner).lifted_at == after(16)

    def test_production_waits_for_all_five_areas(self) -> None:
        tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
        accept_all(tenant.partner, at=START, lasting={"gaming_licence": LAST_DAY, "aml_policy": LAST_DAY})
        self.look(tenant, 15)
        accepted(tenant.partner, "gaming_licence", at=after(16))
        tenant.refresh_from_db()
        assert tenant.status == "suspended"
        accepted(tenant.partner, "aml_policy", at=after(17))
        tenant.refresh_from_db()
        assert tenant.status == "active"

    def test_test_tenant_is_never_stopped(self) -> None:
        tenant = make_tenant("test")
        accept_all(tenant.partner, at=START, lasting={"gaming_licence": LAST_DAY})
        assert self.look(tenant, 100) == "active"

    def test_document_that_is_not_mandatory_stops_nothing(self) -> None:
        tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
        accepted(tenant.partner, "staff_training_record", expires_on=LAST_DAY, at=START)
        assert self.look(tenant, 100) == "active"

    def test_nobody_resumes_by_hand_what_stopped_after_the_grace(self) -> None:
        tenant = self.lapsing()
        self.look(tenant, 15)
        with pytest.raises(ProductionNotCompliant, match="Local licence"):
            resume_tenant(tenant_id=tenant.pk, resumed_at=after(15), reason="By mistake")
        assert self.look(tenant, 16) == "suspended"
        assert ComplianceSuspension.objects.filter(partner=tenant.partner).count() == 1

    def test_look_reinstates_nobody_too_early(self) -> None:
        tenant = self.lapsing()
        self.look(tenant, 15)
        reinstate_partners(at=after(16))
        tenant.refresh_from_db()
        assert tenant.status == "suspended"


class TestReminders:
    def test_come_30_and_7_days_before_once_each(self) -> None:
        made = ending(make_partner())
        came = {}
        for left in (31, 30, 29, 8, 7, 6, 0):
            enter_reminders(at=after(-left))
            came[left] = days_reminded(made)
        assert came == {31: [], 30: [30], 29: [30], 8: [30], 7: [30, 7], 6: [30, 7], 0: [30, 7]}

    def test_missed_one_is_overtaken_by_the_nearer(self) -> None:
        made = ending(make_partner())
        enter_reminders(at=after(-3))
        assert days_reminded(made) == [7]

    def test_successor_that_waits_silences_them(self) -> None:
        partner = make_partner()
        made = ending(partner)
        hand_in(partner, at=after(-40))
        enter_reminders(at=after(-30))
        assert days_reminded(made) == []

    def test_letter_goes_to_the_contacts_for_compliance(self) -> None:
        partner = make_partner()
        primary, officer = make_contact(partner, role="management", is_primary=True), make_contact(partner)
        made = ending(partner)
        enter_reminders(at=after(-30))
        send_reminders(at=after(-30))
        assert len(letters_to(officer)) == 1
        assert letters_to(primary) == []
        assert "2026-06-30" in letters_to(officer)[0].subject
        sent = reminders(made).get()
        assert (sent.state, sent.recipients, sent.attempts) == ("sent", [officer], 1)

    def test_sent_letter_is_not_sent_again(self) -> None:
        partner = make_partner()
        address = make_contact(partner, is_primary=True)
        ending(partner)
        for _ in range(3):
            enter_reminders(at=after(-30))
            send_reminders(at=after(-30))
        assert len(letters_to(address)) == 1

    def test_failed_letter_says_why_and_is_sent_again(self, settings: Any) -> None:
        partner = make_partner()
        address = make_contact(partner, is_primary=True)
        made = ending(partner)
        enter_reminders(at=after(-30))
        working = settings.EMAIL_BACKEND
        settings.EMAIL_BACKEND = "tests.compliance.test_ending.Broken"
        send_reminders(at=after(-30))
        failed = reminders(made).get()
        assert (failed.state, failed.attempts) == ("failed", 1)
        assert "connection refused" in failed.failure
        settings.EMAIL_BACKEND = working
        send_reminders(at=after(-29))
        failed.refresh_from_db()
        assert (failed.state, failed.attempts, failed.failure) == ("sent", 2, "")
        assert len(letters_to(address)) == 1

    def test_partner_without_a_contact_is_a_failure_that_is_seen(self) -> None:
        made = ending(make_partner())
        enter_reminders(at=after(-30))
        send_reminders(at=after(-30))
        assert "no contact" in reminders(made).get().failure


class TestAskForCopy:
    def test_letter_says_what_staff_wrote(self) -> None:
        partner = make_partner()
        address = make_contact(partner)
        made = ending(partner)
        for days in (-51, -50):
            ask_for_copy(evidence_id=made.pk, asked_at=after(days), note="With a stamp, please")
        send_reminders(at=after(-50))
        assert ["With a stamp" in letter.body for letter in letters_to(address)] == [True, True]

    def test_document_is_asked_for_once_a_day(self) -> None:
        made = ending(make_partner())
        ask_for_copy(evidence_id=made.pk, asked_at=after(-50))
        with pytest.raises(CopyAsked):
            ask_for_copy(evidence_id=made.pk, asked_at=after(-49) - timedelta(seconds=1))
        assert reminders(made).count() == 1

    def test_waiting_document_is_not_asked_for(self) -> None:
        made = hand_in(make_partner())
        with pytest.raises(DocumentDecided):
            ask_for_copy(evidence_id=made.pk, asked_at=START)
