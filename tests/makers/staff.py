"""Staff with rights or a role, and a browser in which they have logged in and given a code."""

import secrets
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.test import Client

from core.clock import now
from core.models import StaffUser
from staff.security import OPENED, SEEN, VERIFIED
from tests.makers.roles import acting_as

PASSWORD = "correct-horse-battery-42"


def make_user(
    *permissions: str, roles: tuple[str, ...] = (), is_superuser: bool = False, **fields: Any
) -> StaffUser:
    """Return new staff with these permissions (`app.codename`) and roles; their password is `PASSWORD`.

    The jobs make them: the office gives nobody a permission, and makes nobody a superuser.
    """
    with acting_as("b2b_jobs"):
        user = StaffUser(
            username=f"staff-{secrets.token_hex(6)}", is_staff=True, is_superuser=is_superuser, **fields
        )
        user.email = user.email or f"{user.username}@staff.example"
        user.set_password(PASSWORD)
        user.save()
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        for role in roles:
            user.groups.add(Group.objects.get(name=role))
        user.refresh_from_db()
    return user


def log_in(user: StaffUser, *, at: datetime | None = None) -> Client:
    """Return a browser in which the user has given password and code."""
    browser = Client()
    with acting_as("b2b_office"):
        user.refresh_from_db()
        browser.force_login(user, backend="staff.backends.StaffBackend")
        session = browser.session
        session[OPENED] = session[SEEN] = session[VERIFIED] = int((at or now()).timestamp())
        session.save()
    return browser
