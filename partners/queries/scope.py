"""Whose partners a member of staff sees: account managers their own, everybody else all."""

from typing import Any, Final

from django.db.models import QuerySet

from core.admin.scope import Seen
from core.clock import now
from partners.models import Partner
from staff.queries import glance_at_principals, roles_of

ACCOUNT_MANAGER: Final = "account_manager"


def partners_of(user: Any) -> QuerySet[Partner]:
    """Return the partners that a member of staff sees: an account manager's own, and those of whom the
    account manager stands in for; all partners to everybody else.
    """
    partners = Partner.objects.all()
    if sees_all(user):
        return partners
    managers = [user, *glance_at_principals(user, at=now())]
    return partners.filter(account_manager_id__in=[each.pk for each in managers])


def find_seen(user: Any) -> Seen | None:
    """Return the ids of the partners that a member of staff sees and of their tenants; None for all."""
    if sees_all(user):
        return None
    found = partners_of(user).order_by().values_list("pk", "tenants__pk")
    partners, tenants = zip(*found, strict=True) if found else ((), ())
    return Seen(tuple(dict.fromkeys(partners)), tuple(each for each in tenants if each is not None))


def sees_all(user: Any) -> bool:
    """Whether a member of staff sees every partner."""
    return bool(user.is_superuser) or ACCOUNT_MANAGER not in roles_of(user)
