"""Giving roles and taking them away.

A role is asked for by `request_role`. Whether that gives it at once or asks a second person is for the app
above that knows approvals: it says so with `route_role_requests`.
"""

from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final, Protocol

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from core import audit
from core.errors import NotFound
from core.models import StaffUser
from staff.errors import NotForYourself, NotStaff, RolesForbidden
from staff.rules import ROLE_NAMES, forbidden_pair, role_title

LIBRARIES: Final = frozenset({"admin", "axes", "contenttypes", "oauth2_provider", "sessions"})
"""Apps whose permissions `*` does not mean."""


class RoleRequest(Protocol):
    """Takes a request for a role, and returns what to say to who asked."""

    def __call__(
        self, *, user: StaffUser, role: str, reason: str, requested_by: StaffUser, requested_at: datetime
    ) -> str: ...


def seed_roles(roles: Mapping[str, frozenset[str]], *, seeded_at: datetime) -> list[str]:
    """Make the groups and give each exactly the permissions its patterns name; return the roles that changed.

    Raises ValueError for a pattern that names no permission.
    """
    known = {
        f"{app}.{codename}": key
        for key, app, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    changed = []
    with transaction.atomic():
        for name, patterns in roles.items():
            wanted = {known[found] for pattern in patterns for found in _matching(pattern, known)}
            group, is_new = Group.objects.get_or_create(name=name)
            had = set(group.permissions.values_list("pk", flat=True))
            if is_new or had != wanted:
                names = {key: found for found, key in known.items()}
                group.permissions.set(wanted)
                audit.record(
                    action="seed role",
                    subject=group,
                    before={"permissions": sorted(names[key] for key in had - wanted)},
                    after={"permissions": sorted(names[key] for key in wanted - had)},
                    recorded_at=seeded_at,
                )
                changed.append(name)
    return changed


def _matching(pattern: str, known: Mapping[str, int]) -> list[str]:
    found = [
        name
        for name in known
        if fnmatchcase(name, pattern) and ("*" not in pattern or name.split(".")[0] not in LIBRARIES)
    ]
    if not found:
        raise ValueError(f"no permission is called {pattern!r}")
    return found


def grant_role(*, user_id: int, role: str, reason: str, granted_by: str, granted_at: datetime) -> None:
    """Give a role; every session of that person ends. Raises RolesForbidden, NotStaff, NotFound."""
    with transaction.atomic():
        user = _locked(user_id)
        if not user.is_active:
            raise NotStaff
        held = sorted(user.groups.values_list("name", flat=True))
        refuse_forbidden_pair([*held, role])
        if role in held:
            return
        user.groups.add(_group(role))
        audit.record(
            action="grant role",
            subject=user,
            before={"roles": held},
            after={"roles": sorted([*held, role]), "grantedBy": granted_by},
            reason=reason,
            recorded_at=granted_at,
        )


def take_role(*, user_id: int, role: str, reason: str, taken_by: StaffUser, taken_at: datetime) -> None:
    """Take a role away, at once; every session of that person ends. Raises NotForYourself, NotFound."""
    if taken_by.pk == user_id:
        raise NotForYourself
    with transaction.atomic():
        user = _locked(user_id)
        held = sorted(user.groups.values_list("name", flat=True))
        if role not in held:
            return
        user.groups.remove(_group(role))
        audit.record(
            action="take role",
            subject=user,
            before={"roles": held},
            after={"roles": [name for name in held if name != role]},
            reason=reason,
            recorded_at=taken_at,
        )


def refuse_forbidden_pair(roles: list[str]) -> None:
    """Raise RolesForbidden when two of the roles are never one person's."""
    pair = forbidden_pair(roles)
    if pair:
        raise RolesForbidden(f"{role_title(pair[0])} and {role_title(pair[1])} are never one person's roles.")


def _grant_at_once(
    *, user: StaffUser, role: str, reason: str, requested_by: StaffUser, requested_at: datetime
) -> str:
    grant_role(
        user_id=user.pk,
        role=role,
        reason=reason,
        granted_by=requested_by.get_username(),
        granted_at=requested_at,
    )
    return f"{user} has the role {role_title(role)}."


_route: RoleRequest = _grant_at_once


def route_role_requests(route: RoleRequest) -> None:
    """Let every request for a role go to `route` from now on."""
    global _route
    _route = route


def request_role(
    *, user: StaffUser, role: str, reason: str, requested_by: StaffUser, requested_at: datetime
) -> str:
    """Ask for a role for somebody else; return what was done, in words. Raises what `grant_role` raises."""
    if user.pk == requested_by.pk:
        raise NotForYourself
    refuse_forbidden_pair([*user.groups.values_list("name", flat=True), role])
    return _route(user=user, role=role, reason=reason, requested_by=requested_by, requested_at=requested_at)


def _locked(user_id: int) -> StaffUser:
    user = StaffUser.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound
    return user


def _group(role: str) -> Group:
    found = Group.objects.filter(name=role).first() if role in ROLE_NAMES else None
    if found is None:
        raise NotFound("There is no such role.")
    return found
