"""The main pages in a real browser: nothing that they do is against their own Content Security Policy."""

import pytest
from playwright.sync_api import Page

from tests.e2e.conftest import Enter

pytestmark = pytest.mark.slow

PAGES = [
    (
        "account_manager",
        ("/admin/", "/admin/onboarding/", "/admin/partners/partner/", "/admin/partners/partner/add/"),
    ),
    (
        "compliance",
        ("/admin/", "/admin/partners/evidencefile/", "/admin/compliance/expiring/", "/admin/wallet/player/"),
    ),
    ("risk", ("/admin/", "/admin/risk/limit/", "/admin/sportsbook/bet/", "/admin/sportsbook/market/")),
    ("finance_maker", ("/admin/", "/admin/settlement/statement/", "/admin/settlement/plan/")),
    ("support", ("/admin/", "/admin/integration/apirequest/", "/admin/events/")),
    ("security_admin", ("/admin/", "/admin/core/staffuser/", "/admin/me/")),
]
WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation",
    (event) => window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


def violations(page: Page) -> list[str]:
    """Return what the page did against its policy once it has come to rest."""
    page.wait_for_load_state("networkidle")
    found: list[str] = page.evaluate("window.violations")
    return found


class TestPolicy:
    @pytest.mark.parametrize(("who", "paths"), PAGES, ids=lambda told: told if isinstance(told, str) else "")
    def test_is_kept_by_the_main_pages(self, who: str, paths: tuple[str, ...], enter: Enter) -> None:
        desk = enter(who)
        desk.page.add_init_script(WATCH)
        broken = {}
        for path in paths:
            desk.open(path)
            if found := violations(desk.page):
                broken[path] = found
        assert broken == {}

    def test_is_kept_by_the_palette_and_the_theme_switch(self, enter: Enter) -> None:
        desk = enter("support", dark=True)
        desk.page.add_init_script(WATCH)
        desk.open("/admin/")
        desk.page.keyboard.press("Control+k")
        desk.page.get_by_label("Find by name").fill("partners")
        assert violations(desk.page) == []

    def test_stops_a_script_that_somebody_smuggled_in(self, enter: Enter) -> None:
        desk = enter("support")
        desk.page.add_init_script(WATCH)
        desk.open("/admin/")
        desk.page.evaluate(
            "() => { const bad = document.createElement('script'); bad.textContent = 'window.smuggled = 1';"
            " document.body.append(bad); }"
        )
        assert desk.page.evaluate("window.smuggled") is None
        assert any(found.startswith("script-src") for found in violations(desk.page))
