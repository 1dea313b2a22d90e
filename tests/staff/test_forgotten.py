"""A forgotten password: a one-time link by letter, and an answer that tells strangers nothing."""

from secrets import token_hex

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from core.clock import now
from staff.models import StaffLink
from staff.tasks import send_password_link
from tests.makers.staff import make_user
from tests.office.makers import records_of
from tests.staff.browsing import comes_in, enrolled, give_password, link_in_last_letter

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

NEW = "another-long-password-7"


def ask(email: str, address: str = "") -> tuple[int, str]:
    """Return how the page answers somebody who asks for a link."""
    answer = Client().post(
        reverse("admin_password_reset"),
        {"email": email},
        REMOTE_ADDR=address or f"2001:db8:7::{token_hex(2)}",
    )
    return answer.status_code, answer.content.decode()


def letter(email: str) -> int:
    """Let the workers do what was asked; return how many letters went out."""
    before = len(mail.outbox)
    send_password_link(email=email, request_id="r-1", address="203.0.113.7")
    return len(mail.outbox) - before


class TestForgotten:
    def test_is_linked_from_the_login(self) -> None:
        assert reverse("admin_password_reset") in Client().get(reverse("admin:login")).content.decode()

    def test_answer_is_the_same_for_every_address(self) -> None:
        known, gone = make_user(), make_user(is_active=False)
        pages = {ask(email) for email in (known.email, gone.email, "nobody@staff.example")}
        assert len(pages) == 1
        assert "on its way" in next(iter(pages))[1]

    def test_letter_leads_to_a_new_password_and_still_asks_for_the_code(self) -> None:
        user = enrolled(make_user(), at=now())
        old = Client()
        give_password(old, user.username)
        assert letter(user.email.upper()) == 1
        browser = Client()
        browser.get(link_in_last_letter())
        assert browser.post(reverse("office-welcome"), {"password": NEW, "again": NEW}).status_code == 302
        assert not comes_in(browser)
        assert give_password(Client(), user.username).status_code == 200
        records = records_of(user)
        assert [each.action for each in records[-2:]] == ["send link", "set password"]
        assert records[-2].address == "203.0.113.7"

    def test_stranger_inactive_or_merely_invited_person_gets_no_letter(self) -> None:
        invited = make_user()
        invited.set_unusable_password()
        invited.save(update_fields=("password",))
        for email in ("nobody@staff.example", "", make_user(is_active=False).email, invited.email):
            assert letter(email) == 0

    def test_person_gets_one_letter_in_five_minutes(self) -> None:
        user = make_user()
        assert [letter(user.email) for _ in range(3)] == [1, 0, 0]
        assert StaffLink.objects.filter(user=user, used_at=None, revoked_at=None).count() == 1

    def test_address_that_asks_too_often_is_sent_away(self) -> None:
        address = f"2001:db8:8::{token_hex(2)}"
        statuses = [ask(f"{number}@staff.example", address)[0] for number in range(11)]
        assert (statuses[0], statuses[9], statuses[10]) == (200, 200, 429)

    def test_answer_is_the_same_with_the_broker_away(self, settings: Settings) -> None:
        settings.CELERY_BROKER_URL = "redis://127.0.0.1:9/0"
        assert ask("nobody@staff.example")[0] == 200
