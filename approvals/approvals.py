"""What a second person approves here: a role for a member of staff.

Roles stand below approvals and know nothing of them; `staff.services.roles` lets requests be sent elsewhere,
which is here.
"""

from datetime import datetime
from typing import Final

from django.contrib.auth.models import Group

from approvals.kinds import Kind, proposed, register
from approvals.models import ApprovalRequest
from approvals.services import request_approval
from core.admin.cells import change_url
from core.errors import NotFound, Refusal
from core.models import StaffUser
from staff.errors import NotStaff
from staff.rules import role_title
from staff.services.roles import grant_role, refuse_forbidden_pair, route_role_requests

ROLE_GRANT: Final = "role_grant"
SUBJECT: Final = "core.staffuser"


def ask_for_role(
    *, user: StaffUser, role: str, reason: str, requested_by: StaffUser, requested_at: datetime
) -> str:
    """Ask a second person to give a role; return that in words."""
    held = sorted(user.groups.values_list("name", flat=True))
    request = request_approval(
        kind=ROLE_GRANT,
        subject_type=SUBJECT,
        subject_id=f"{user.pk}/{role}",
        present={"roles": held},
        proposed={"roles": sorted({*held, role})},
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )
    return f"A second person must approve this: {request.title}."


def title_of_grant(request: ApprovalRequest) -> str:
    """Return which role is given to whom."""
    user, role = _asked(request)
    assert user is not None
    return f"{role_title(role)} for {user.get_full_name() or user.get_username()}"


def lock_user(request: ApprovalRequest) -> None:
    """Lock who would have the role."""
    StaffUser.objects.select_for_update().filter(pk=_user_id(request)).first()


def check_grant(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against the role as things are now."""
    user, role = _asked(request)
    if user is None or not user.is_active:
        return NotStaff()
    if not Group.objects.filter(name=role).exists():
        return NotFound("There is no such role.")
    try:
        refuse_forbidden_pair([*user.groups.values_list("name", flat=True), role])
    except Refusal as refusal:
        return refusal
    return None


def grant(request: ApprovalRequest, at: datetime) -> None:
    """Give the role that was approved."""
    user, role = _asked(request)
    assert user is not None
    grant_role(
        user_id=user.pk,
        role=role,
        reason=request.reason,
        granted_by=request.requested_by.get_username(),
        granted_at=at,
    )


def _asked(request: ApprovalRequest) -> tuple[StaffUser | None, str]:
    role = request.subject_id.partition("/")[2]
    assert role in proposed(request)["roles"]
    return StaffUser.objects.filter(pk=_user_id(request)).first(), role


def _user_id(request: ApprovalRequest) -> int:
    return int(request.subject_id.partition("/")[0])


def _user_url(request: ApprovalRequest) -> str:
    return change_url(StaffUser, _user_id(request))


register(
    Kind(
        name=ROLE_GRANT,
        title="Role grant",
        title_of=title_of_grant,
        lock=lock_user,
        permission_to_request="core.change_staffuser",
        check=check_grant,
        execute=grant,
        subject_url=_user_url,
    )
)
route_role_requests(ask_for_role)
