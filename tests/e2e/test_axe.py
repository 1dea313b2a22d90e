"""The main pages, read by axe-core in light and in dark: no violation that is serious or critical."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.e2e.conftest import Enter, Prepare

pytestmark = pytest.mark.slow
SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])

PAGES = [
    ("account_manager", "/admin/"),
    ("account_manager", "/admin/onboarding/"),
    ("account_manager", "/admin/partners/partner/"),
    ("account_manager", "/admin/partners/partner/add/"),
    ("compliance", "/admin/partners/evidencefile/?status__exact=submitted"),
    ("compliance", "/admin/compliance/expiring/"),
    ("compliance", "/admin/approvals/approvalrequest/"),
    ("risk", "/admin/"),
    ("risk", "/admin/sportsbook/bet/"),
    ("finance_checker", "/admin/settlement/statement/"),
    ("support", "/admin/integration/apirequest/"),
    ("support", "/admin/core/staffuser/"),
    ("auditor", "/admin/core/auditrecord/"),
    ("auditor", "/admin/wallet/player/"),
    ("security_admin", "/admin/core/staffuser/"),
    ("security_admin", "/admin/me/"),
]
"""Who reads what. One of them is the page that says no."""


def violations(page: Page) -> list[str]:
    """Return what axe-core finds serious or critical, one line each with the place."""
    page.wait_for_load_state("networkidle")
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:200]} {node['target']}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


@SCHEMES
class TestPages:
    @pytest.mark.parametrize(("who", "path"), PAGES)
    def test_have_no_serious_violation(self, who: str, path: str, dark: bool, enter: Enter) -> None:
        desk = enter(who, dark=dark)
        desk.open(path)
        assert violations(desk.page) == []

    def test_of_a_partner_have_none(self, dark: bool, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "credentials", "account_manager")
        desk = enter("account_manager", dark=dark)
        desk.open(f"/admin/partners/partner/{partner['id']}/change/")
        tabs = [tab.get_attribute("href") or "" for tab in desk.main.locator(".office-tabs a").all()]
        found = {desk.page.url: violations(desk.page)}
        for path in tabs:
            desk.open(path)
            found[path] = violations(desk.page)
        assert {path: each for path, each in found.items() if each} == {}

    def test_of_a_document_and_a_dialog_have_none(self, dark: bool, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "compliance", "account_manager")
        made("document", partner["id"])
        desk = enter("account_manager", dark=dark)
        desk.open("/admin/onboarding/")
        desk.press(f"Move {partner['name']} to another stage")
        desk.dialog.locator("[name=to_stage]").wait_for()
        assert violations(desk.page) == []

    def test_that_let_people_in_have_none(self, dark: bool, enter: Enter) -> None:
        desk = enter("support", dark=dark)
        desk.page.context.clear_cookies()
        desk.open("/admin/login/")
        assert violations(desk.page) == []


class TestLandmarks:
    def test_first_tab_leads_past_the_navigation(self, enter: Enter) -> None:
        desk = enter("account_manager")
        desk.open("/admin/onboarding/")
        desk.page.evaluate("document.activeElement?.blur()")
        desk.page.keyboard.press("Tab")
        assert desk.page.evaluate("document.activeElement.textContent") == "Skip to the content"
        desk.page.keyboard.press("Enter")
        assert desk.page.evaluate("document.activeElement.id") == "main"

    def test_there_is_one_main(self, enter: Enter) -> None:
        desk = enter("account_manager")
        for path in ("/admin/", "/admin/partners/partner/", "/admin/onboarding/"):
            desk.open(path)
            assert desk.page.get_by_role("main").count() == 1
