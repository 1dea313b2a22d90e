"""One's own password is changed by who knows the present one, which nobody finds out by trying."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.models import StaffUser
from tests.makers.staff import PASSWORD, log_in, make_user
from tests.staff.browsing import give_password, minutes

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]
NEW = "purple lantern seven"


def change(browser: Client, old: str, *, address: str) -> tuple[int, str]:
    """Ask for a new password from an address; return the status and the page."""
    answer = browser.post(
        reverse("office-password"), {"old": old, "password": NEW, "again": NEW}, REMOTE_ADDR=address
    )
    return answer.status_code, answer.content.decode()


def has_changed(user: StaffUser) -> bool:
    user.refresh_from_db()
    return user.check_password(NEW)


class TestPresentPassword:
    def test_wrong_one_is_said_at_its_field(self) -> None:
        user = make_user()
        status, page = change(log_in(user), "wrong", address="198.51.100.31")
        assert status == 200
        assert "This is not your present password." in page

    def test_guessing_makes_wait(self) -> None:
        user = make_user()
        browser = log_in(user)
        answers = [change(browser, f"wrong {number}", address="198.51.100.32") for number in range(7)]
        assert [status for status, _ in answers] == [200] * 4 + [429] * 3
        assert "Try again in 15 minutes." in answers[-1][1]
        assert change(browser, PASSWORD, address="198.51.100.32")[0] == 429
        assert not has_changed(user)

    def test_guessed_here_and_at_the_login_counts_together(self) -> None:
        user = make_user()
        browser = log_in(user)
        for number in range(3):
            change(browser, f"wrong {number}", address="198.51.100.33")
        for _ in range(2):
            answer = give_password(Client(), user.username, "wrong", address="198.51.100.33")
        assert answer.status_code == 429
        assert change(browser, PASSWORD, address="198.51.100.33")[0] == 429

    def test_is_taken_after_a_quarter_of_an_hour(self) -> None:
        user = make_user()
        with time_machine.travel(datetime.now().astimezone(), tick=False) as clock:
            for number in range(6):
                change(log_in(user), f"wrong {number}", address="198.51.100.34")
            clock.shift(minutes(15) + timedelta(seconds=1))
            assert change(log_in(user), PASSWORD, address="198.51.100.34")[0] == 302
        assert has_changed(user)

    def test_is_taken_elsewhere_meanwhile(self) -> None:
        user = make_user()
        for number in range(6):
            change(log_in(user), f"wrong {number}", address="198.51.100.35")
        assert change(log_in(user), PASSWORD, address="203.0.113.35")[0] == 302
        assert has_changed(user)
