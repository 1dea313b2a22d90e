"""Reads requests for approval: an inbox, one request, one permit."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from approvals.deciding import decidable_kinds, not_decidable
from approvals.kinds import partners_seen_by
from approvals.models import ApprovalRequest, RequestStatus
from approvals.rules import RequestNotFound
from core.models import StaffUser

OPEN = Q(status=RequestStatus.PENDING) | Q(status=RequestStatus.APPROVED, executed_at__isnull=True)


def get_request(request_id: UUID) -> ApprovalRequest:
    """Return a request. Raises RequestNotFound."""
    found = ApprovalRequest.objects.filter(id=request_id).first()
    if found is None:
        raise RequestNotFound
    return found


def list_decidable(user: StaffUser, *, at: datetime) -> QuerySet[ApprovalRequest]:
    """Return what waits for this member of staff, oldest first: not their own, and not expired.

    A deputy sees what waits for whom they stand in for, but not what these asked for.
    """
    waiting = ApprovalRequest.objects.filter(
        status=RequestStatus.PENDING, expires_at__gt=at, kind__in=decidable_kinds(user, at=at)
    ).exclude(not_decidable(user, at=at))
    return _within(waiting, user).order_by("id")


def list_requested(user: StaffUser) -> QuerySet[ApprovalRequest]:
    """Return what this member of staff asked for, newest first."""
    return ApprovalRequest.objects.filter(requested_by=user)


def list_seen(user: StaffUser, *, at: datetime) -> QuerySet[ApprovalRequest]:
    """Return every request that this member of staff may look at, newest first.

    Whoever may view requests sees all; others see their own and those of the kinds that they decide.
    """
    seen = ApprovalRequest.objects.all()
    if not user.has_perm("approvals.view_approvalrequest"):
        seen = seen.filter(Q(kind__in=decidable_kinds(user, at=at)) | Q(requested_by=user))
    return _within(seen, user)


def find_open_request(*, kind: str, subject_type: str, subject_id: str) -> ApprovalRequest | None:
    """Return the request about a subject that waits, or is approved and not yet carried out."""
    return ApprovalRequest.objects.filter(
        OPEN,
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
    ).first()


def find_permit(
    *, kind: str, subject_type: str, subject_id: str, user: StaffUser, at: datetime
) -> ApprovalRequest | None:
    """Return the approved request that lets who asked make the change now."""
    return ApprovalRequest.objects.filter(
        status=RequestStatus.APPROVED,
        executed_at__isnull=True,
        expires_at__gt=at,
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
        requested_by=user,
    ).first()


def _within(found: QuerySet[ApprovalRequest], user: StaffUser) -> QuerySet[ApprovalRequest]:
    partners = partners_seen_by(user)
    if partners is None:
        return found
    return found.filter(Q(partner_id__in=partners) | Q(requested_by=user))


def list_waiting(kind: str, partner_id: UUID, *, at: datetime) -> list[ApprovalRequest]:
    """Return the requests of a kind about a partner that are still open, the oldest first; 20 at most."""
    found = ApprovalRequest.objects.filter(
        kind=kind, partner_id=partner_id, status=RequestStatus.PENDING, expires_at__gt=at
    )
    return list(found.select_related("requested_by").order_by("id")[:20])
