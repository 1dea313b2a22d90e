"""Whoever may not see a page is told so kindly, and an id leads to its record from anywhere."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Prepare
from tests.running import Platform

pytestmark = pytest.mark.slow
MANAGER = "account_manager"


class TestRefusal:
    def test_says_that_the_role_does_not_open_the_page_and_leads_home(self, enter: Enter) -> None:
        desk = enter("support")
        answer = desk.page.goto(f"{desk.url}/admin/core/staffuser/")
        assert answer is not None
        assert answer.status == 403
        desk.sees("none of your roles opens this page")
        desk.sees("Your roles: support")
        desk.follow("Go to Home")
        expect(desk.page).to_have_url(f"{desk.url}/admin/")

    def test_page_is_not_in_the_navigation_either(self, enter: Enter) -> None:
        desk = enter("support")
        desk.open()
        expect(desk.navigation.get_by_role("link", name="Authenticator resets")).to_have_count(0)
        expect(desk.navigation.get_by_role("link", name="API requests")).to_have_count(1)


class TestDialog:
    def test_that_is_refused_says_so(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "registered", MANAGER)
        desk = enter(MANAGER)
        desk.open("/admin/onboarding/")
        gone = partner["id"].replace("-7", "-4", 1)
        desk.page.route(
            "**/move/", lambda route: route.continue_(url=route.request.url.replace(partner["id"], gone))
        )
        desk.press(f"Move {partner['name']} to another stage")
        expect(desk.dialog).to_contain_text("There is nothing at this address")

    def test_that_is_refused_when_it_is_sent_says_so_in_its_place(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "registered", MANAGER)
        desk = enter(MANAGER)
        desk.open("/admin/onboarding/")
        desk.press(f"Move {partner['name']} to another stage")
        much = "field => { field.removeAttribute('maxlength'); field.value = 'x'.repeat(1_100_000); }"
        desk.dialog.locator("[name=reason]").evaluate(much)
        desk.answer("Move partner", to_stage="Declined")
        expect(desk.dialog).to_contain_text("larger than any form of the office takes")

    def test_that_reaches_nobody_says_so(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "registered", MANAGER)
        desk = enter(MANAGER)
        desk.open("/admin/onboarding/")
        desk.page.route("**/move/", lambda route: route.abort())
        desk.press(f"Move {partner['name']} to another stage")
        expect(desk.dialog.get_by_role("alert")).to_have_text(re.compile("The office does not answer"))


class TestRequestId:
    def test_is_found_from_the_keyboard_alone(self, enter: Enter, platform: Platform) -> None:
        answer = httpx.get(f"{platform.api_url}/api/v2/me", headers={"Authorization": "Bearer nobody"})
        request_id = answer.headers["X-Request-Id"]
        desk = enter("support")
        desk.open()
        desk.find(request_id)
        expect(desk.page).to_have_url(re.compile(r"/admin/integration/apirequest/[^/]+/change/"))
        desk.sees(request_id)
        desk.sees(str(answer.status_code))
