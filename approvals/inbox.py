"""The figure beside "Approvals" in the navigation."""

from django.db.models import QuerySet
from django.http import HttpRequest

from approvals.models import ApprovalRequest
from approvals.queries import list_decidable
from core.clock import now
from core.models import StaffUser

SHOWN_MAX = 99


def may_look(request: HttpRequest) -> bool:
    """Return whether a member of staff has anything to do with approvals."""
    user = request.user
    return isinstance(user, StaffUser) and user.is_active and any(user.has_perm(name) for name in LOOKING)


def badge(request: HttpRequest) -> str:
    """Return how many requests wait for the member of staff who looks, in a figure of two digits."""
    if not may_look(request) or not isinstance(request.user, StaffUser):
        return ""
    return shown_count(list_decidable(request.user, at=now()))


def shown_count(found: QuerySet[ApprovalRequest]) -> str:
    """Return how many there are in a figure of two digits, counting no further."""
    count = found.order_by()[: SHOWN_MAX + 1].count()
    return f"{count}" if count <= SHOWN_MAX else f"{SHOWN_MAX}+"


LOOKING = tuple(f"approvals.{verb}_approvalrequest" for verb in ("view", "add", "change"))
