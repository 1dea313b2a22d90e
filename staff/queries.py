"""Reads: the roles of a person, and who stands in for whom."""

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from core.models import StaffUser
from staff.models import Deputy
from staff.rules import forbidden_pair

GLANCE: Final = timedelta(seconds=1)
BACKEND: Final = "staff.backends.StaffBackend"
STANDS_IN: Final = "approvals.change_approvalrequest"
"""The permission without which nobody decides anything, in their own right or for a colleague."""


def roles_of(user: StaffUser | AnonymousUser) -> frozenset[str]:
    """Return the names of a person's roles, looked up once for each object of the person."""
    found: frozenset[str] | None = getattr(user, "_role_names", None)
    if found is None:
        found = (
            frozenset(user.groups.values_list("name", flat=True)) if user.is_authenticated else frozenset()
        )
        user._role_names = found  # type: ignore[union-attr]
    return found


def find_deputies(user: StaffUser, *, at: datetime) -> QuerySet[Deputy]:
    """Return those who stand in for `user` at a moment."""
    return _standing(at).filter(user=user).select_related("deputy")


def find_stood_in_for(deputy: StaffUser, *, at: datetime) -> QuerySet[Deputy]:
    """Return those for whom `deputy` stands in at a moment."""
    return _standing(at).filter(deputy=deputy).select_related("user")


def list_principals(deputy: StaffUser, *, at: datetime) -> list[StaffUser]:
    """Return the colleagues for whom `deputy` stands in at a moment."""
    return [found.user for found in find_stood_in_for(deputy, at=at).order_by("id")]


def glance_at_principals(deputy: StaffUser, *, at: datetime) -> list[StaffUser]:
    """Return those for whom `deputy` stands in, for the lists of one page: looked up once for each object of
    the person and moment. Whoever decides is looked up anew.
    """
    seen: tuple[datetime, list[StaffUser]] | None = getattr(deputy, "_principals", None)
    if seen is None or abs(at - seen[0]) > GLANCE:
        seen = (at, list_principals(deputy, at=at))
        deputy._principals = seen  # type: ignore[attr-defined]
    return seen[1]


def is_deputy_of(deputy: StaffUser, user: StaffUser, *, at: datetime) -> bool:
    """Whether `deputy` stands in for `user` at a moment."""
    return _standing(at).filter(user=user, deputy=deputy).exists()


def list_possible_deputies(user: StaffUser) -> list[StaffUser]:
    """Return the colleagues who could decide in a person's place, by username: active, with a password of
    their own, and with roles that decide and that one person may hold together with this one's.
    """
    found = (
        StaffUser.objects.with_perm(STANDS_IN, backend=BACKEND)
        .filter(is_active=True, is_staff=True)
        .exclude(pk=user.pk)
        .exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
        .exclude(password="")
        .prefetch_related("groups")
        .order_by("username")
    )
    own = roles_of(user)
    return [each for each in found if forbidden_pair(own | {role.name for role in each.groups.all()}) is None]


def list_deputies_ahead(user: StaffUser, *, at: datetime) -> list[Deputy]:
    """Return the present and coming deputies of a person, the next first."""
    return list(
        Deputy.objects.filter(user=user, ended_at=None, until_at__gt=at)
        .select_related("deputy")
        .order_by("from_at")
    )


def _standing(at: datetime) -> QuerySet[Deputy]:
    return Deputy.objects.filter(
        ended_at=None, from_at__lte=at, until_at__gt=at, user__is_active=True, deputy__is_active=True
    )
