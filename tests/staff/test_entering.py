"""Coming into the office: password, code, the first authenticator, and how often one may guess."""

from datetime import timedelta
from secrets import token_hex

import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from b2b.roles import ANYBODY, PAGES
from staff.models import StaffTotp
from staff.seeds import SeedNotReadable, open_seed
from staff.services.authenticators import code_at
from tests.makers.staff import log_in, make_user
from tests.office.makers import records_of
from tests.staff.browsing import SECRET, START, comes_in, enrolled, give_code, give_password, minutes
from tests.staff.walking import addresses

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestPasswordAlone:
    def test_opens_no_page_of_the_office(self) -> None:
        user = enrolled(make_user(is_superuser=True), at=START)
        browser = Client()
        give_password(browser, user.username)
        walked = [each for each in addresses() if PAGES.get(each.name) != ANYBODY]
        assert len(walked) > 60
        opened = []
        for each in walked:
            if each.name in ("office-verify", "office-enrol"):
                continue
            answer = browser.get(each.path)
            if answer.status_code != 302 or not answer.headers["Location"].startswith(
                reverse("office-verify")
            ):
                opened.append(each.name)
        assert opened == []

    @pytest.mark.slow
    def test_stranger_is_sent_to_the_login_from_every_page(self) -> None:
        login = reverse("admin:login")
        opened = [
            each.name
            for each in addresses()
            if PAGES.get(each.name) != ANYBODY
            and not Client().get(each.path).headers.get("Location", "").startswith(login)
        ]
        assert opened == []

    def test_does_not_replace_an_authenticator(self) -> None:
        user = enrolled(make_user(), at=START)
        browser = Client()
        give_password(browser, user.username)
        answer = browser.get(reverse("office-enrol"))
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("office-verify"))


class TestFirstLogin:
    def test_shows_a_secret_once_and_takes_its_first_code(self) -> None:
        user = make_user()
        browser = Client()
        with time_machine.travel(START, tick=False):
            give_password(browser, user.username)
            assert not comes_in(browser)
            page = browser.get(reverse("office-enrol")).content.decode()
            assert "data:image/svg+xml" in page
            secret = page.split('id="totp-secret">')[1].split("<")[0].replace(" ", "")
            assert secret in browser.get(reverse("office-enrol")).content.decode().replace(" ", "")
            browser.post(reverse("office-enrol"), {"code": "000000"})
        with time_machine.travel(START + minutes(1), tick=False):
            browser.post(reverse("office-enrol"), {"code": code_at(secret, START + minutes(1))})
            assert comes_in(browser)
            assert records_of(user)[-1].action == "set up authenticator"

    def test_seed_is_not_readable_in_the_database(self) -> None:
        user = enrolled(make_user(), at=START)
        device = StaffTotp.objects.get(user=user)
        assert device.seed is not None
        stored = bytes(device.seed)
        seed = open_seed(stored, user_id=user.pk)
        assert seed not in stored
        assert seed.hex().encode() not in stored
        assert SECRET.encode() not in stored
        with pytest.raises(SeedNotReadable):
            open_seed(stored, user_id=user.pk + 1)
        assert (settings.KEYS_DIR / "staff-totp.key").stat().st_mode & 0o777 == 0o600


class TestCode:
    def test_lets_in_once_and_is_refused_again(self) -> None:
        user = enrolled(make_user(), at=START)
        first, second = Client(), Client()
        with time_machine.travel(START, tick=False):
            give_password(first, user.username)
            give_password(second, user.username)
            assert give_code(first, START).status_code == 302
            assert comes_in(first)
            assert "used already" in give_code(second, START).content.decode()
            assert not comes_in(second)

    @pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (1, True), (2, False)])
    def test_may_be_one_step_off(self, steps: int, is_taken: bool) -> None:
        user = enrolled(make_user(), at=START)
        browser = Client()
        with time_machine.travel(START, tick=False):
            give_password(browser, user.username)
            give_code(browser, START + timedelta(seconds=30 * steps))
            assert comes_in(browser) is is_taken

    def test_guessing_makes_wait(self) -> None:
        user = enrolled(make_user(), at=START)
        browser = Client()
        with time_machine.travel(START, tick=False) as clock:
            give_password(browser, user.username)
            for _ in range(5):
                browser.post(reverse("office-verify"), {"code": "000000"})
                clock.shift(minutes(5))
            at = START + minutes(25)
            browser.post(reverse("office-verify"), {"code": "000000"})
            assert "Wait" in give_code(browser, at).content.decode()
            clock.shift(minutes(5))
            assert give_code(browser, at + minutes(5)).status_code == 302

    def test_leads_on_within_the_office_only(self) -> None:
        for asked, led in (("/admin/me/", "/admin/me/"), ("https://evil.example/", "/admin/")):
            user = enrolled(make_user(), at=START)
            browser = Client()
            with time_machine.travel(START, tick=False):
                give_password(browser, user.username)
                assert give_code(browser, START, next=asked).headers["Location"] == led


class TestLink:
    def test_that_is_none_leaves_who_is_logged_in(self) -> None:
        user = enrolled(make_user(), at=START)
        browser = Client()
        with time_machine.travel(START, tick=False):
            give_password(browser, user.username)
            give_code(browser, START)
            assert browser.get(reverse("office-welcome-link", args=("x",))).status_code == 302
            assert browser.get(reverse("office-welcome")).status_code == 410
            assert browser.post(reverse("office-welcome"), {"password": "x"}).status_code == 410
            assert comes_in(browser)


class TestSessionId:
    def test_is_new_after_the_password_and_after_the_code(self) -> None:
        user = enrolled(make_user(), at=START)
        browser = Client()
        browser.get(reverse("office-welcome-link", args=("x",)))
        ids = [browser.cookies["session"].value]
        with time_machine.travel(START, tick=False):
            give_password(browser, user.username)
            ids.append(browser.cookies["session"].value)
            give_code(browser, START)
            ids.append(browser.cookies["session"].value)
        assert len(set(ids)) == 3

    def test_cookie_is_for_this_host_and_no_script(self) -> None:
        user = enrolled(make_user(), at=START)
        answer = give_password(Client(), user.username)
        cookie = answer.cookies["session"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert not cookie["domain"]


class TestWrongPasswords:
    def test_name_is_locked_where_it_was_tried_and_nowhere_else(self) -> None:
        user = enrolled(make_user(), at=START)
        for _ in range(5):
            answer = give_password(Client(), user.username, "wrong", address="198.51.100.7")
        assert answer.status_code == 429
        assert give_password(Client(), user.username, address="198.51.100.7").status_code == 429
        assert give_password(Client(), user.username, address="203.0.113.9").status_code == 302

    def test_lock_ends_after_a_quarter_of_an_hour(self) -> None:
        user = enrolled(make_user(), at=START)
        with time_machine.travel(START, tick=False) as clock:
            for _ in range(6):
                give_password(Client(), user.username, "wrong", address="198.51.100.8")
            clock.shift(minutes(16))
            assert give_password(Client(), user.username, address="198.51.100.8").status_code == 302

    def test_address_that_tries_many_names_is_locked(self) -> None:
        address = f"2001:db8::{token_hex(2)}"
        answers = [
            give_password(Client(), f"nobody-{number}", "wrong", address=address).status_code
            for number in range(51)
        ]
        assert answers[10] == 200
        assert answers[-1] == 429

    def test_answer_is_the_same_for_every_name(self) -> None:
        user = make_user()
        pages = [
            give_password(Client(), name, "wrong", address=f"2001:db8:1::{token_hex(2)}").content.decode()
            for name in (user.username, "nobody", make_user(is_active=False).username)
        ]
        said = {page.split("Please enter the correct")[1][:120] for page in pages}
        assert len(said) == 1

    def test_are_counted_with_valkey_away(self, settings: Settings) -> None:
        settings.CACHES = {
            "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"},
            "ratelimit": {**settings.CACHES["ratelimit"], "LOCATION": "redis://127.0.0.1:9/0"},
        }
        with pytest.raises(Exception, match=r"(?i)connect"):
            cache.get("anything")
        user = enrolled(make_user(), at=START)
        answers = [
            give_password(Client(), user.username, "wrong", address="198.51.100.10").status_code
            for _ in range(6)
        ]
        assert (answers[0], answers[-1]) == (200, 429)

    def test_login_is_recorded(self) -> None:
        user = make_user()
        give_password(Client(), user.username)
        assert [record.action for record in records_of(user)] == ["log in"]


class TestIdleAndLongSessions:
    def test_idle_one_ends_after_15_minutes(self) -> None:
        with time_machine.travel(START, tick=False) as clock:
            browser = log_in(make_user(), at=START)
            clock.shift(minutes(14))
            assert comes_in(browser)
            clock.shift(minutes(14))
            assert comes_in(browser)
            clock.shift(minutes(15.1))
            assert not comes_in(browser)
            assert "nothing was done for 15 minutes" in browser.get(reverse("admin:login")).content.decode()

    def test_busy_one_ends_after_8_hours(self) -> None:
        with time_machine.travel(START, tick=False) as clock:
            browser = log_in(make_user(), at=START)
            for _ in range(47):
                clock.shift(minutes(10))
                assert comes_in(browser)
            clock.shift(minutes(10))
            assert not comes_in(browser)
            assert "a session lasts 8 hours" in browser.get(reverse("admin:login")).content.decode()

    def test_dialog_sends_the_whole_browser_to_the_login(self) -> None:
        with time_machine.travel(START, tick=False) as clock:
            browser = log_in(make_user(), at=START)
            clock.shift(minutes(16))
            answer = browser.get(reverse("admin:index"), headers={"HX-Request": "true"})
            assert answer.headers["HX-Redirect"].startswith(reverse("admin:login"))

    def test_is_not_written_for_every_page(self) -> None:
        browser = log_in(make_user())
        browser.get(reverse("office-me"))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("office-me"))
        assert [query["sql"] for query in queries if "UPDATE" in query["sql"]] == []
