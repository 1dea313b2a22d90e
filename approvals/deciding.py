"""Who may decide what: by a role of one's own, or for a colleague for whom one stands in.

A deputy takes over what a colleague decides, never what the deputy's own role forbids: from a colleague whose
roles no one person may hold together with the deputy's, nothing is taken over.
"""

from datetime import datetime

from django.db.models import Q

from approvals.kinds import Kind, kinds
from approvals.models import ApprovalRequest
from approvals.rules import Person, find_authority
from core.errors import Refusal
from core.models import StaffUser
from staff.queries import glance_at_principals, list_principals, roles_of
from staff.rules import forbidden_pair


def decided_for(user: StaffUser, request: ApprovalRequest, kind: Kind, *, at: datetime) -> StaffUser | None:
    """Return the colleague for whom a person decides a request; None for a person of that right.

    Raises OwnRequest, RequestOfPrincipal, DecisionNotAllowed.
    """
    principals = list_principals(user, at=at)
    found = find_authority(
        as_person(user, kind),
        (as_person(each, kind, deputy=user) for each in principals),
        requester_id=request.requested_by_id,
    )
    return next((each for each in principals if each.pk == found), None)


def may_decide(user: StaffUser, request: ApprovalRequest, kind: Kind, *, at: datetime) -> bool:
    """Whether a person could decide a request now."""
    try:
        decided_for(user, request, kind, at=at)
    except Refusal:
        return False
    return True


def decidable_kinds(user: StaffUser, *, at: datetime) -> list[str]:
    """Return the names of the kinds that a person decides, in their own right or for a colleague."""
    own = [kind.name for kind in kinds() if user.has_perm(kind.permission_to_decide)]
    missing = [kind for kind in kinds() if kind.name not in own]
    if not missing:
        return own
    lending = [each for each in glance_at_principals(user, at=at) if not _apart(user, each)]
    lent = (kind for kind in missing if any(each.has_perm(kind.permission_to_decide) for each in lending))
    return [*own, *(kind.name for kind in lent)]


def not_decidable(user: StaffUser, *, at: datetime) -> Q:
    """Return which requests a person never decides: their own, and those of whom they stand in for."""
    return Q(requested_by__in=[user, *glance_at_principals(user, at=at)])


def as_person(user: StaffUser, kind: Kind, *, deputy: StaffUser | None = None) -> Person:
    """Return what a member of staff's own role lets them decide, as far as `deputy` may take it over."""
    may = user.has_perm(kind.permission_to_decide) and not (deputy is not None and _apart(deputy, user))
    return Person(user.pk, may_decide=may, is_active=user.is_active)


def _apart(deputy: StaffUser, principal: StaffUser) -> bool:
    return forbidden_pair(roles_of(deputy) | roles_of(principal)) is not None
