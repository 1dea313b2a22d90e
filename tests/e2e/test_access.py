"""Whoever may not see a page is told so kindly, and an id leads to its record from anywhere."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter
from tests.running import Platform

pytestmark = pytest.mark.slow


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
