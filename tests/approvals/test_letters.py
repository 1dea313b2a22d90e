"""Letters: to those who may decide, to who asked, once each, and again when sending failed."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from approvals.letters import enter_reminders, send_letters
from approvals.models import ApprovalLetter, ApprovalRequest
from approvals.services import expire_requests, reject_request, withdraw_request
from core.clock import now
from core.letters import PAUSES
from tests.approvals.makers import approve, ask_raise, checker, maker
from tests.approvals.test_deputies import deputy_of
from tests.makers.roles import acting_as

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]


def sent(after: timedelta = timedelta(0)) -> None:
    """Have every letter sent that waits, as the jobs do."""
    with acting_as("b2b_jobs"):
        while send_letters(at=now() + after):
            pass


def letters_of(request: ApprovalRequest) -> list[tuple[str, str]]:
    return [(each.occasion, each.state) for each in request.letters.order_by("id")]


def told(request: ApprovalRequest) -> list[str]:
    """Return to whom letters about a request went."""
    return sorted(to for letter in mail.outbox if str(request.pk) in str(letter.body) for to in letter.to)


class TestLetters:
    def test_go_to_those_who_may_decide_and_to_their_deputies(self) -> None:
        asker, decider = maker(), checker()
        deputy, own = deputy_of(decider), deputy_of(asker, checker())
        request = ask_raise(by=asker)
        sent()
        found = told(request)
        assert {decider.email, deputy.email} <= set(found)
        assert not {asker.email, own.email} & set(found)
        assert letters_of(request) == [("asked", "sent")]

    def test_go_out_once(self) -> None:
        decider, request = checker(), ask_raise()
        sent()
        sent(timedelta(hours=1))
        assert told(request).count(decider.email) == 1

    def test_tell_who_asked_of_the_decision(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        reject_request(request_id=request.pk, decided_by=checker(), decided_at=now(), note="Too much")
        sent()
        assert told(request) == [asker.email]
        assert letters_of(request) == [("asked", "dropped"), ("decided", "sent")]

    def test_are_dropped_when_the_request_is_withdrawn(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        withdraw_request(request_id=request.pk, withdrawn_by=asker, withdrawn_at=now())
        sent()
        assert told(request) == []

    def test_remind_once_of_what_ends_within_a_day(self) -> None:
        decider, request = checker(), ask_raise(at=now() - timedelta(days=2, hours=1))
        with acting_as("b2b_jobs"):
            enter_reminders(at=now())
            enter_reminders(at=now())
        sent()
        assert ("ending", "sent") in letters_of(request)
        assert told(request).count(decider.email) == 2

    def test_tell_who_asked_that_nobody_decided(self) -> None:
        asker = maker()
        request = ask_raise(by=asker, at=now() - timedelta(days=4))
        with acting_as("b2b_jobs"):
            expire_requests(at=now())
        sent()
        assert told(request) == [asker.email]

    def test_that_failed_are_sent_again(self, settings: Any) -> None:
        decider, request = checker(), ask_raise()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
        sent()
        letter = ApprovalLetter.objects.get(request=request)
        assert letter.state == "failed"
        assert "Refused" in letter.failure
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        sent()
        assert told(request) == []
        sent(PAUSES[0])
        assert decider.email in told(request)

    def test_of_an_approval_say_so(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        approve(request, checker())
        sent()
        assert any("was approved" in str(letter.body) for letter in mail.outbox if letter.to == [asker.email])

    def test_name_who_a_deputy_decided_for(self) -> None:
        asker, principal = maker(), checker()
        deputy, request = deputy_of(principal), ask_raise(by=asker)
        approve(request, deputy)
        sent()
        said = f"approved by {deputy.get_username()}, for {principal.get_username()}."
        assert any(said in str(letter.body) for letter in mail.outbox if letter.to == [asker.email])

    def test_of_a_rejection_name_who_a_deputy_decided_for(self) -> None:
        asker, principal = maker(), checker()
        deputy, request = deputy_of(principal), ask_raise(by=asker)
        reject_request(request_id=request.pk, decided_by=deputy, decided_at=now(), note="Too much")
        sent()
        said = f"rejected by {deputy.get_username()}, for {principal.get_username()}: Too much"
        assert any(said in str(letter.body) for letter in mail.outbox if letter.to == [asker.email])
