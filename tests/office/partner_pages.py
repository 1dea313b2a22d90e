"""The partner's page as the tests open it: its tabs, its forms, and an account manager's browser."""

from uuid import UUID

from django.test import Client
from django.urls import reverse

from partners.models import Partner
from tests.makers.onboarding import register
from tests.makers.staff import log_in, make_user


def tab_of(partner: Partner | UUID, name: str) -> str:
    """Return the address of a tab."""
    return reverse(f"office-partner-{name}", args=(getattr(partner, "pk", partner),))


def form_of(partner: Partner, name: str, *args: UUID) -> str:
    """Return the address of a form about a partner."""
    return reverse(f"office-{name}", args=(partner.pk, *args))


def text_of(browser: Client, url: str, **query: str) -> str:
    """Return a page that opens."""
    answer = browser.get(url, query)
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def managed() -> tuple[Client, Partner]:
    """Return an account manager's browser and a partner that has just registered with that manager."""
    manager = make_user(roles=("account_manager",))
    return log_in(manager), register(account_manager_id=manager.pk)
