"""An approved change is made, once: with its approval, right after it, or by who asked."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from approvals.kinds import Carrying, kind_of, kinds
from approvals.models import ApprovalRequest, RequestStatus
from approvals.queries import find_open_request
from approvals.rules import PermitMissing, RequestClosed
from approvals.services.rows import close_request, lock_request, record_request
from core.audit import acting, current_actor
from core.errors import Refusal
from core.models import StaffUser

log = structlog.get_logger(__name__)


def carried_out(*, request_id: UUID, at: datetime) -> ApprovalRequest:
    """Note, in the transaction that made an approved change, that it is made. Raises RequestClosed if it was.

    Whoever calls this first thereby keeps everybody else from making the change a second time.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a change and the note that it is made are one transaction")
    request = lock_request(request_id)
    if request.status != RequestStatus.APPROVED or request.executed_at is not None:
        raise RequestClosed
    assert request.decided_at is not None
    request.executed_at = request.closed_at = max(at, request.decided_at)
    request.save(update_fields=("executed_at", "closed_at"))
    record_request("carry out request", request, at, after={"executedAt": request.executed_at.isoformat()})
    return request


def use_permit(
    *, kind: str, subject_type: str, subject_id: str, used_by: StaffUser, used_at: datetime
) -> ApprovalRequest:
    """Use up, inside the caller's transaction, the approval of one's own request. Raises PermitMissing."""
    permit = find_open_request(kind=kind, subject_type=subject_type, subject_id=subject_id)
    if (
        permit is None
        or permit.status != RequestStatus.APPROVED
        or permit.requested_by_id != used_by.pk
        or permit.expires_at <= used_at
    ):
        raise PermitMissing
    return carried_out(request_id=permit.pk, at=used_at)


def carry_out(*, request_id: UUID, at: datetime) -> None:
    """Make an approved change that has a transaction of its own; a second call does nothing.

    What refuses the change makes the request fail, with its words. In the name of who approved it.
    """
    request = ApprovalRequest.objects.select_related("decided_by").get(pk=request_id)
    execute = kind_of(request.kind).execute
    if request.status != RequestStatus.APPROVED or request.executed_at is not None or execute is None:
        return
    assert request.decided_by is not None
    here = current_actor()
    with acting(request.decided_by.get_username(), request_id=here.request_id, address=here.address):
        try:
            execute(request, at)
        except RequestClosed:
            log.info("request was carried out elsewhere", request_id=str(request_id))
        except Refusal as refusal:
            _fail(request_id, refusal, at)


def list_interrupted(*, before: datetime) -> list[UUID]:
    """Return the requests approved before a moment whose change is still not made."""
    names = [kind.name for kind in kinds() if kind.carrying is Carrying.AFTER_APPROVAL]
    return list(
        ApprovalRequest.objects.filter(
            status=RequestStatus.APPROVED, executed_at__isnull=True, decided_at__lt=before, kind__in=names
        )
        .order_by("id")
        .values_list("id", flat=True)
    )


def _fail(request_id: UUID, refusal: Refusal, at: datetime) -> None:
    with transaction.atomic():
        request = lock_request(request_id)
        if request.status != RequestStatus.APPROVED or request.executed_at is not None:
            return
        close_request(request, RequestStatus.FAILED, at, failure=refusal.message)
        record_request("fail request", request, at, reason=refusal.message)
