"""Coming into the office: an invitation leads to a working account, and a code is taken once."""

import re
import secrets
import time
from email import message_from_string
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Enter
from tests.e2e.desk import Desk, context_of, totp
from tests.running import Platform

pytestmark = pytest.mark.slow
WAIT_SECONDS = 30


def link_for(address: str, mail: Path) -> str:
    """Return the link in the last letter to an address, as soon as it is there."""
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        for file in sorted(mail.glob("*.log"), reverse=True):
            text = file.read_text("utf-8")
            if f"To: {address}" in text:
                letter = message_from_string(text.split("\n---", 1)[0]).get_payload(decode=True)
                assert isinstance(letter, bytes)
                found = re.search(r"https?://\S+/welcome/\S+", letter.decode())
                assert found is not None
                return found.group()
        time.sleep(0.2)
    raise AssertionError(f"no letter to {address}")


def give_password(desk: Desk, name: str, password: str) -> None:
    desk.open("/admin/login/")
    desk.page.get_by_label("Username").fill(name)
    desk.page.get_by_label("Password").fill(password)
    desk.page.get_by_role("button", name="Log in").click()


class TestInvitation:
    def test_leads_to_an_account_that_works(self, enter: Enter, platform: Platform, browser: Browser) -> None:
        address = f"new-{secrets.token_hex(4)}@staff.example"
        admin = enter("security_admin")
        admin.open("/admin/core/staffuser/")
        admin.command("Invite")
        admin.fill(email=address, first_name="Nina", last_name="Zammit")
        admin.press("Send invitation")
        admin.sees("is invited")
        link = link_for(address, platform.var / "mail")

        password = f"harbour-{secrets.token_hex(6)}"
        with context_of(browser) as context:
            guest = Desk(context.new_page(), platform.office_url)
            guest.page.goto(link)
            guest.sees(address)
            guest.page.locator("[name=password]").fill(password)
            guest.page.locator("[name=again]").fill(password)
            guest.page.get_by_role("button", name="Set password").click()
            seed = guest.page.locator("#totp-secret").inner_text().replace(" ", "")
            guest.page.locator("[name=code]").fill(totp(seed, at=time.time()))
            guest.page.get_by_role("button", name="Finish").click()
            guest.sees("ask for a role")
        with context_of(browser) as context:
            again = Desk(context.new_page(), platform.office_url)
            again.page.goto(link)
            again.sees("link")
            expect(again.page.locator("[name=password]")).to_have_count(0)
            give_password(again, address, password)
            again.give_code(seed)
            again.sees("ask for a role")


class TestCode:
    def test_is_taken_once(self, platform: Platform, browser: Browser) -> None:
        staff = next(each for each in platform.demo()["staffUsers"] if each["username"] == "security_admin_2")
        with context_of(browser) as one, context_of(browser) as other:
            first, second = (Desk(each.new_page(), platform.office_url) for each in (one, other))
            for desk in (first, second):
                give_password(desk, staff["username"], staff["password"])
                desk.page.locator("[name=code]").wait_for()
            first.page.wait_for_timeout(1000 * (30 - time.time() % 30))
            code = totp(staff["totpSecret"], at=time.time())
            for desk in (first, second):
                desk.page.locator("[name=code]").fill(code)
                desk.page.get_by_role("button", name="Continue").click()
            first.page.wait_for_url(f"{platform.office_url}/admin/")
            second.sees("not right, or was used")
            second.open()
            assert "/verify/" in second.page.url
