"""A member of staff at a browser: what they click, type and read in the office."""

import base64
import hashlib
import hmac
import os
import re
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, sync_playwright

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WAIT_MILLISECONDS = 30_000
REFUSED_SECONDS = 2
DESKTOP: ViewportSize = {"width": 1400, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


def find_chromium() -> str | None:
    """Return the path of the browser that is installed, if one is."""
    return next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser; the one that the system has."""
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=sandbox)
        yield browser
        browser.close()


def totp(secret: str, *, at: float) -> str:
    """Return the six digits that an authenticator with this base32 secret shows (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at) // 30), hashlib.sha1)
    start = digest[-1] & 15
    return str((struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000).zfill(6)


class Desk:
    """One person's open page of the office."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        page.set_default_timeout(WAIT_MILLISECONDS)

    def open(self, path: str = "/admin/") -> None:
        self.page.goto(f"{self.url}{path}")

    def log_in(self, staff: dict[str, str]) -> None:
        """Give the password, then the code of the authenticator."""
        self.open("/admin/login/")
        self.page.get_by_label("Username").fill(staff["username"])
        self.page.get_by_label("Password").fill(staff["password"])
        self.page.get_by_role("button", name="Log in").click()
        self.give_code(staff["totpSecret"])
        self.page.wait_for_url(f"{self.url}/admin/")

    def give_code(self, secret: str) -> None:
        """Give the code of the moment; if it was given before, as each is taken once, give the next.

        A refused code is followed by a second in which none is looked at, also where the next begins in it.
        """
        for _ in range(2):
            at = time.time()
            self.page.locator("[name=code]").fill(totp(secret, at=at))
            with self.page.expect_navigation():
                self.page.get_by_role("button", name="Continue").click()
            if "/verify/" not in self.page.url:
                return
            self.page.wait_for_timeout(1000 * max(30 - at % 30, REFUSED_SECONDS))

    def approve(self, secret: str) -> None:
        """Approve the request that is open; give a code where the last one is too old."""
        self.command("Approve")
        with self.page.expect_navigation():
            self.answer("Approve")
        if "/verify/" in self.page.url:
            self.give_code(secret)
            self.command("Approve")
            self.answer("Approve")

    @property
    def navigation(self) -> Locator:
        """The navigation on the left."""
        return self.page.locator("#nav-sidebar")

    def add(self) -> None:
        """Press the list's button that adds a row."""
        self.page.locator("header a[href$='/add/'], a[href*='/add/?']").first.click()

    def go_to(self, item: str) -> None:
        """Follow an item of the navigation."""
        self.navigation.get_by_role("link").filter(has_text=re.compile(rf"\b{item}\b")).click()

    def find(self, words: str) -> None:
        """Open the command palette from the keyboard, type, and take the first that is found."""
        self.page.keyboard.press("Control+k")
        self.page.get_by_label("Find by name").fill(words)
        self.page.keyboard.press("End")
        self.page.locator("#command-results-list li").first.wait_for()
        self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")

    def follow(self, text: str) -> None:
        """Follow a link of the page itself."""
        self.main.get_by_role("link", name=text).first.click()

    def press(self, text: str) -> None:
        self.page.get_by_role("button", name=text, exact=True).click()

    @property
    def main(self) -> Locator:
        return self.page.locator("main, #main").first

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.locator("#modal-content")

    def command(self, title: str) -> None:
        """Press a command of the record's page: its dialog opens, or its own page."""
        pressable = self.page.locator("a, button").filter(has_text=re.compile(rf"\b{title}\s*$"))
        pressable.locator("visible=true").first.click()

    def answer(self, button: str, **fields: str) -> None:
        """Fill the open dialog, by the labels of its fields in lower case, and press its button."""
        for name, value in fields.items():
            fill(self.dialog.locator(f"[name={name}]"), value)
        self.dialog.get_by_role("button", name=button).click()

    def fill(self, **fields: str) -> None:
        """Fill the page's own form, by the names of its fields."""
        for name, value in fields.items():
            fill(self.main.locator(f"[name={name}]"), value)

    def choose(self, name: str, text: str) -> None:
        """Choose in a field that offers rows, by a part of what the row is called."""
        options = self.main.locator(f"[name={name}] option").filter(has_text=text)
        self.main.locator(f"[name={name}]").select_option(options.first.get_attribute("value"))

    def sees(self, text: str) -> Locator:
        """Wait until the page shows a text."""
        found = self.page.get_by_text(text).locator("visible=true").first
        found.wait_for()
        return found

    def row(self, text: str) -> Locator:
        """The line of a table that has a text."""
        return self.main.get_by_role("row").filter(has_text=text).first


def fill(field: Locator, value: str) -> None:
    """Type into a field, or choose from it by value or by what it shows."""
    if field.evaluate("element => element.tagName") != "SELECT":
        field.fill(value)
        return
    options: list[list[str]] = field.evaluate("element => [...element.options].map(o => [o.value, o.text])")
    chosen = next(key for key, shown in options if value in (key, shown) or shown.startswith(value))
    field.select_option(chosen)


def context_of(browser: Browser, *, dark: bool = False, phone: bool = False, **more: Any) -> BrowserContext:
    """Return a new browser profile, in the light or dark scheme."""
    return browser.new_context(
        color_scheme="dark" if dark else "light", viewport=PHONE if phone else DESKTOP, **more
    )
