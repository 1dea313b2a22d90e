"""Staff of the demo: one superuser, and somebody for every role, two where a second person is needed."""

import secrets
from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from django.contrib.auth.models import Group

from core.models import StaffUser
from staff.rules import ROLE_NAMES
from staff.seeds import new_seed
from staff.services.authenticators import holds_secret, install_authenticator

SUPERUSER_NAME: Final = "demo"
IN_PAIRS: Final = frozenset(
    ("account_manager", "compliance", "risk", "finance_maker", "finance_checker", "security_admin")
)


def seed_staff(before: dict[str, Any], *, seeded_at: datetime) -> dict[str, Any]:
    """Return the credentials of the demo's staff: those from `before` that still hold, else new ones.

    `staff` is the superuser, `staffUsers` the others, each with the secret of an authenticator in base32.
    """
    known = {
        str(each.get("username")): each for each in before.get("staffUsers") or [] if isinstance(each, dict)
    }
    names = [
        (role, f"{role}_{number}" if number > 1 else role)
        for role in ROLE_NAMES
        for number in range(1, 3 if role in IN_PAIRS else 2)
    ]
    return {
        "staff": _credentials(SUPERUSER_NAME, "", before.get("staff") or {}, seeded_at),
        "staffUsers": [
            {"role": role, **_credentials(name, role, known.get(name, {}), seeded_at)} for role, name in names
        ],
    }


def _credentials(name: str, role: str, before: dict[str, Any], seeded_at: datetime) -> dict[str, str]:
    user = StaffUser.objects.filter(username=name).first()
    password, secret = str(before.get("password") or ""), str(before.get("totpSecret") or "")
    if user is None or not (user.is_active and _holds(user, password, before)):
        user = user or StaffUser(username=name)
        user.is_staff = user.is_active = True
        user.is_superuser = not role
        user.email = user.email or f"{name.replace('_', '-')}@staff.example"
        password = secrets.token_urlsafe(18)
        user.set_password(password)
        user.save()
    if role and not user.groups.filter(name=role).exists():
        user.groups.add(Group.objects.get(name=role))
    if not (secret and holds_secret(user=user, secret=secret)):
        secret = b32encode(new_seed()).decode()
        install_authenticator(user=user, secret=secret, enrolled_at=seeded_at)
    return {
        "username": name,
        "password": password,
        "proof": _proof(user, password),
        "totpSecret": secret,
    }


def _holds(user: StaffUser, password: str, before: dict[str, Any]) -> bool:
    """Whether the password still lets in: it was seen to fit this hash, or it is tried, which takes long."""
    return bool(password) and (before.get("proof") == _proof(user, password) or user.check_password(password))


def _proof(user: StaffUser, password: str) -> str:
    """Return what stands for a password and the hash that it was seen to fit."""
    return sha256(f"{user.password}\0{password}".encode()).hexdigest()
