"""A browser of the office, as staff use it: pages, forms, letters and codes."""

import re
from datetime import UTC, datetime, timedelta

from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from core.models import StaffUser
from staff.services.authenticators import code_at, install_authenticator
from tests.makers.roles import acting_as
from tests.makers.staff import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
START = datetime(2030, 1, 2, 9, 0, 5, tzinfo=UTC)


def enrolled(user: StaffUser, *, at: datetime) -> StaffUser:
    """Return the user with an authenticator whose secret is `SECRET`."""
    with acting_as("b2b_jobs"):
        install_authenticator(user=user, secret=SECRET, enrolled_at=at)
    user.refresh_from_db()
    return user


def give_password(
    browser: Client, username: str, password: str = PASSWORD, *, address: str = "127.0.0.1"
) -> HttpResponse:
    answer = browser.post(
        reverse("admin:login"), {"username": username, "password": password}, REMOTE_ADDR=address
    )
    assert isinstance(answer, HttpResponse)
    return answer


def give_code(browser: Client, at: datetime, secret: str = SECRET, **fields: str) -> HttpResponse:
    answer = browser.post(reverse("office-verify"), {"code": code_at(secret, at), **fields})
    assert isinstance(answer, HttpResponse)
    return answer


def comes_in(browser: Client) -> bool:
    """Whether the browser sees the home page."""
    return browser.get(reverse("admin:index")).status_code == 200


def link_in_last_letter() -> str:
    """Return the path of the link in the letter sent last."""
    found = re.search(r"/admin/welcome/\S+/", str(mail.outbox[-1].body))
    assert found
    return found[0]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)
