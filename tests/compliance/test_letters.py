"""One letter that cannot be written or sent stops no other, and no name adds a header to it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError
from django.template import TemplateSyntaxError

from core.clock import now
from core.letters import Mail, send_each
from core.models import AuditRecord
from partners.compliance.models import ComplianceReminder, ComplianceRequirement
from partners.compliance.services import enter_reminders, send_reminders
from partners.models import Partner
from partners.onboarding.models import Contact
from partners.onboarding.services import move_partner
from partners.onboarding.stages import Stage
from tests.makers.compliance import accepted, hand_in, make_contact
from tests.makers.mail import serving_mail
from tests.makers.partners import make_partner
from tests.makers.roles import acting_as

pytestmark = [pytest.mark.role("b2b_jobs"), pytest.mark.usefixtures("committed")]

START = datetime(2026, 1, 1, 9, tzinfo=UTC)
LAST_DAY = date(2026, 6, 30)
DUE = datetime(2026, 5, 31, 3, tzinfo=UTC)


def ending(document_type: str = "gaming_licence") -> tuple[Partner, str]:
    """Return a partner whose document ends in 30 days, and its contact's address."""
    partner = make_partner()
    address = make_contact(partner)
    accepted(partner, document_type, expires_on=LAST_DAY, at=START)
    return partner, address


def reminder_of(partner: Partner) -> ComplianceReminder:
    return ComplianceReminder.objects.get(evidence__partner=partner)


@pytest.fixture
def broken_title(committed: None) -> Any:
    """Name a document with a line break that would begin a header of its own."""
    found = ComplianceRequirement.objects.filter(document_type="aml_policy")
    title = found.values_list("title", flat=True)[0]
    with acting_as("b2b_owner"):
        found.update(title="AML policy\r\nBcc: thief@example.com\n\nSubject: x")
        yield
        found.update(title=title)


class TestSendEach:
    def test_line_break_in_a_title_is_a_space_in_the_letter(self, broken_title: None) -> None:
        broken, address = ending("aml_policy")
        other, behind = ending()
        enter_reminders(at=DUE)
        send_reminders(at=DUE)
        (letter,) = [each for each in mail.outbox if address in each.to]
        said = letter.message()
        assert said["Bcc"] is None
        assert letter.subject.startswith("AML policy Bcc: thief@example.com Subject: x: a new copy")
        assert not any(line.startswith(("Bcc:", "Subject:")) for line in letter.body.splitlines())
        assert [reminder_of(each).state for each in (broken, other)] == ["sent", "sent"]
        assert [each for each in mail.outbox if behind in each.to]

    def test_letter_to_what_is_no_address_fails_alone(self, settings: Any) -> None:
        broken, _ = ending()
        other, behind = ending()
        Contact.objects.filter(partner=broken).update(email="a@[x")
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        with serving_mail(refuses="nothing at all") as server:
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            enter_reminders(at=DUE)
            send_reminders(at=DUE)
        failed = reminder_of(broken)
        assert (failed.state, failed.attempts, failed.tried_at) == ("failed", 1, DUE)
        assert "AttributeError" in failed.failure
        assert reminder_of(other).state == "sent"
        assert behind in [each["To"] for each in server.taken]

    def test_letter_that_cannot_be_written_fails_alone_and_is_tried_again(self) -> None:
        broken, _ = ending()
        other, behind = ending()
        enter_reminders(at=DUE)
        rows = ComplianceReminder.objects.filter(evidence__partner__in=(broken, other)).order_by(
            "asked_at", "pk"
        )

        def write(row: ComplianceReminder) -> Any:
            if row.pk == reminder_of(broken).pk:
                raise TemplateSyntaxError("cannot\nsay")
            return Mail(subject="Hello", body="Hello", to=[behind], nobody="")

        assert send_each(rows, write, at=DUE) == 1
        failed = reminder_of(broken)
        assert (failed.state, failed.attempts) == ("failed", 1)
        assert failed.failure == "TemplateSyntaxError: cannot say"
        assert send_each(rows.exclude(state="sent"), write, at=DUE + timedelta(minutes=9)) == 0
        assert reminder_of(other).state == "sent"

    def test_what_the_database_raises_is_raised(self) -> None:
        partner, _ = ending()
        enter_reminders(at=DUE)
        rows = ComplianceReminder.objects.filter(evidence__partner=partner)

        def write(row: ComplianceReminder) -> Any:
            Contact.objects.create(pk=Contact.objects.get(partner=partner).pk)

        with pytest.raises(DatabaseError):
            send_each(rows, write, at=DUE)
        assert (reminder_of(partner).state, reminder_of(partner).attempts) == ("pending", 0)


class TestOvertaken:
    """What nobody needs any more is dropped, and the trail says so."""

    def test_reminder_that_a_nearer_one_has_overtaken(self) -> None:
        partner, address = ending()
        enter_reminders(at=DUE)
        enter_reminders(at=DUE + timedelta(days=23))
        send_reminders(at=DUE + timedelta(days=23))
        found = ComplianceReminder.objects.filter(evidence__partner=partner).order_by("days")
        assert list(found.values_list("days", "state")) == [(7, "sent"), (30, "dropped")]
        assert len([each for each in mail.outbox if address in each.to]) == 1
        told = AuditRecord.objects.filter(object_id=str(found[0].evidence_id), action__contains="reminder")
        assert sorted(told.values_list("action", flat=True)) == ["drop reminder", "send reminder"]

    def test_reminder_of_a_document_with_a_successor(self) -> None:
        partner, address = ending()
        enter_reminders(at=DUE)
        hand_in(partner, "gaming_licence")
        send_reminders(at=DUE)
        assert reminder_of(partner).state == "dropped"
        assert not [each for each in mail.outbox if address in each.to]

    def test_reminder_of_a_partner_that_has_ended(self) -> None:
        partner, _ = ending()
        enter_reminders(at=DUE)
        with acting_as("b2b_office"):
            move_partner(
                partner_id=partner.pk, to_stage=Stage.TERMINATED, moved_at=now(), reason="It is over."
            )
        send_reminders(at=DUE)
        assert reminder_of(partner).state == "dropped"
