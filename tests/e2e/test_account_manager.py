"""The account manager's day: a partner is registered, moved on, and given keys."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Prepare

pytestmark = pytest.mark.slow
MANAGER = "account_manager"


class TestRegister:
    def test_leads_to_a_registered_partner_with_its_checklist(self, enter: Enter) -> None:
        desk = enter(MANAGER)
        name = f"Harbour {secrets.token_hex(3)}"
        desk.open()
        desk.go_to("All partners")
        desk.add()
        desk.fill(name=name, country="MT", tier="standard")
        desk.press("Save")
        desk.sees(name)
        if desk.page.url.endswith("/partner/"):
            desk.follow(name)
        desk.sees("Registered")
        desk.sees("missing for Compliance")
        desk.go_to("Onboarding board")
        card = desk.main.get_by_role("listitem").filter(has_text=name)
        expect(card).to_contain_text("0 days here")
        expect(card).to_contain_text(re.compile(r"\d missing for Compliance"))


class TestMove:
    def test_is_refused_with_what_is_missing_and_works_once_it_is_there(
        self, enter: Enter, made: Prepare
    ) -> None:
        partner = made("partner", "registered", MANAGER)
        desk = enter(MANAGER)
        desk.open("/admin/onboarding/")
        desk.press(f"Move {partner['name']} to another stage")
        expect(desk.dialog.locator("[name=to_stage]")).to_be_focused()
        desk.answer("Move partner", to_stage="Compliance", reason="Papers are in.")
        expect(desk.dialog).to_contain_text("Primary contact entered")
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_be_hidden()

        made("facts", partner["id"], "company", "primary_contact")
        desk.page.reload()
        desk.press(f"Move {partner['name']} to another stage")
        desk.answer("Move partner", to_stage="Compliance", reason="Papers are in.")
        desk.sees(f"{partner['name']} is moved to Compliance")
        column = desk.main.get_by_role("region", name=re.compile("^Compliance"))
        expect(column).to_contain_text(partner["name"])

    def test_can_be_done_without_a_mouse(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "registered", MANAGER)
        desk = enter(MANAGER)
        desk.open("/admin/onboarding/")
        opener = desk.page.get_by_role("button", name=f"Move {partner['name']} to another stage")
        opener.focus()
        desk.page.keyboard.press("Enter")
        expect(desk.dialog.locator("[name=to_stage]")).to_be_focused()
        for _ in range(8):
            desk.page.keyboard.press("Tab")
            assert desk.dialog.evaluate("dialog => dialog.contains(document.activeElement)")
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_be_hidden()
        expect(opener).to_be_focused()


class TestOnAPhone:
    def test_commands_of_a_record_open_from_its_menu(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "registered", MANAGER)
        desk = enter(MANAGER, phone=True)
        desk.open(f"/admin/partners/tenant/?q={partner['name']}")
        desk.open(str(desk.main.locator("a[href*='/change/']").first.get_attribute("href")))
        desk.page.locator("header, #header-inner").get_by_text("more_horiz").locator("visible=true").click()
        desk.command("Currencies")
        expect(desk.dialog).to_contain_text("A currency that players use stays")

    def test_values_of_an_audit_record_stay_within_the_screen(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "registered", MANAGER)
        desk = enter(MANAGER, phone=True)
        desk.open(f"/admin/partners/partner/{partner['id']}/change/")
        desk.fill(legal_name="Harbour and Sons of the Northern Coast " * 4, legal_address="Quay" * 40)
        desk.press("Save")
        desk.sees("was changed successfully")
        desk = enter("auditor", phone=True)
        desk.open(f"/admin/core/auditrecord/?q={partner['id']}")
        desk.open(str(desk.main.locator("a[href*='/change/']").first.get_attribute("href")))
        expect(desk.main.locator("pre").last).to_contain_text("Northern Coast")
        widths = "[document.documentElement.scrollWidth, innerWidth]"
        assert desk.page.evaluate(widths) == [390, 390]


class TestKeys:
    def test_secret_is_shown_once_and_the_old_one_ends_after_the_overlap(
        self, enter: Enter, made: Prepare
    ) -> None:
        partner = made("partner", "credentials", MANAGER)
        desk = enter(MANAGER)
        desk.open("/admin/")
        desk.go_to("API clients")
        desk.add()
        desk.choose("tenant", partner["name"])
        desk.fill(name="Betting platform")
        desk.page.get_by_label("bets:read").check()
        desk.press("Save")
        client = f"{desk.url}/admin/partners/apiclient/"
        if desk.page.url == client:
            desk.row(partner["name"]).get_by_role("link").first.click()

        desk.command("Issue secret")
        desk.press("Issue secret")
        first = desk.page.locator("#secret").inner_text()
        assert len(first) >= 32
        desk.follow("I have copied it")
        assert first not in desk.page.content()

        desk.command("Rotate secret")
        desk.fill(overlap_hours="24")
        desk.press("Rotate secret")
        second = desk.page.locator("#secret").inner_text()
        assert second != first
        desk.follow("I have copied it")
        assert second not in desk.page.content()
        old = desk.row(first[-4:])
        expect(old).to_contain_text(re.compile(r"20\d\d-\d\d-\d\d"))
