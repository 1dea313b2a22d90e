"""Every link of a page opens for who reads it: nobody is led to what their role does not open."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partners.admin.page import TABS
from partners.models import Partner
from staff.rules import ROLE_NAMES
from tests.makers.staff import log_in, make_user
from tests.office.makers import registered, settle, world
from tests.office.partner_pages import tab_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.role("b2b_office"),
    pytest.mark.usefixtures("committed", "office"),
]
LINK = re.compile(r'href="(/admin/[^"#?]*)')


def main_of(answer: Any) -> str:
    """Return what a page shows beside the frame."""
    if not str(answer.headers.get("Content-Type", "")).startswith("text/html"):
        return ""
    page: str = answer.content.decode()
    return page.split('id="main"', 1)[-1]


def links_of(browser: Client, url: str) -> set[str]:
    answer = browser.get(url)
    return set(LINK.findall(main_of(answer))) if answer.status_code == 200 else set()


@pytest.mark.parametrize("role", ROLE_NAMES)
def test_no_page_leads_to_one_that_the_role_does_not_open(role: str) -> None:
    shown = world()
    settle(shown)
    person = make_user(roles=(role,))
    Partner.objects.filter(pk=shown.tenant.partner_id).update(account_manager=person)
    browser = log_in(person)
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model, _ in registered()
    ]
    tabs = [tab_of(shown.tenant.partner, tab.name) for tab in TABS]
    found: dict[str, str] = {}
    for url in [reverse("admin:index"), reverse("office-board"), *lists, *tabs]:
        found.update(dict.fromkeys(links_of(browser, url) - set(found), url))
    for url in [each for each in found if each.endswith("/change/")][:50]:
        found.update(dict.fromkeys(links_of(browser, url) - set(found), url))
    dead = {url: page for url, page in found.items() if browser.get(url).status_code == 403}
    assert dead == {}
