"""A request is decided by a second person, or by nobody in time.

An approval locks what the request is about and the request, looks again at everything that may have moved
(the content that was read, the time, the two people, the state of things) and makes the change in the same
transaction. Changes that must have a transaction of their own are made right after it, and by the jobs if
that was interrupted.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals.deciding import decided_for
from approvals.kinds import Carrying, kind_of, kinds
from approvals.letters import enter_letter
from approvals.models import ApprovalRequest, Occasion, RequestStatus
from approvals.rules import RequestEdited, RequestOvertaken, check_open
from approvals.services.carrying import carried_out, carry_out
from approvals.services.rows import close_request, lock_request, record_request, release
from core.models import StaffUser


def approve_request(
    *, request_id: UUID, digest: str, decided_by: StaffUser, decided_at: datetime, note: str = ""
) -> ApprovalRequest:
    """Approve what was read (`digest`), and have the change made. Return the request as it is afterwards.

    Raises OwnRequest, DecisionNotAllowed, RequestClosed, RequestExpired, RequestEdited; RequestOvertaken
    after making the request void; and whatever refuses the change itself, which leaves the request pending.
    """
    with transaction.atomic():
        request = _lock_decidable(request_id, decided_by, decided_at)
        if digest != request.payload_digest:
            raise RequestEdited
        kind = kind_of(request.kind)
        against = kind.check(request)
        if against is None:
            _decide(request, RequestStatus.APPROVED, decided_by, decided_at, note)
            record_request(
                "approve request",
                request,
                decided_at,
                after={"status": request.status, "digest": digest, **_decision(request)},
                reason=note,
            )
            if kind.carrying is Carrying.WITH_APPROVAL:
                assert kind.execute is not None
                kind.execute(request, decided_at)
                carried_out(request_id=request.pk, at=decided_at)
        else:
            close_request(request, RequestStatus.VOID, decided_at, failure=against.message)
            record_request("void request", request, decided_at, reason=against.message)
    if against is not None:
        raise RequestOvertaken(f"{against.message} The request is void.")
    if kind.carrying is Carrying.AFTER_APPROVAL:
        carry_out(request_id=request.pk, at=decided_at)
    request.refresh_from_db()
    return request


def reject_request(
    *, request_id: UUID, decided_by: StaffUser, decided_at: datetime, note: str
) -> ApprovalRequest:
    """Refuse what is asked for, and say why.

    Raises OwnRequest, DecisionNotAllowed, RequestClosed, RequestExpired.
    """
    with transaction.atomic():
        request = _lock_decidable(request_id, decided_by, decided_at)
        _decide(request, RequestStatus.REJECTED, decided_by, decided_at, note)
        record_request(
            "reject request",
            request,
            decided_at,
            after={"status": request.status, **_decision(request)},
            reason=note,
        )
        release(request, decided_at)
    return request


def expire_requests(*, at: datetime) -> int:
    """Close what nobody decided in time, and permits that nobody used; return how many."""
    permits = [kind.name for kind in kinds() if kind.carrying is Carrying.BY_REQUESTER]
    with transaction.atomic():
        late = ApprovalRequest.objects.select_for_update(skip_locked=True).filter(expires_at__lte=at)
        ended = [
            *late.filter(status=RequestStatus.PENDING).order_by("id"),
            *late.filter(status=RequestStatus.APPROVED, executed_at__isnull=True, kind__in=permits).order_by(
                "id"
            ),
        ]
        for request in ended:
            close_request(request, RequestStatus.EXPIRED, at)
            record_request("expire request", request, at, after={"status": request.status})
    return len(ended)


def _lock_decidable(request_id: UUID, decider: StaffUser, at: datetime) -> ApprovalRequest:
    request = lock_request(request_id)
    request.decided_for = decided_for(decider, request, kind_of(request.kind), at=at)
    if request.status == RequestStatus.VOID:
        raise RequestOvertaken(f"{request.failure} The request is void.")
    check_open(status=request.status, expires_at=request.expires_at, at=at)
    return request


def _decide(
    request: ApprovalRequest, status: RequestStatus, decided_by: StaffUser, at: datetime, note: str
) -> None:
    request.status, request.decision_note = status, note
    request.decided_by, request.decided_at = decided_by, at
    request.decided_digest = request.payload_digest
    request.closed_at = at if status == RequestStatus.REJECTED else None
    enter_letter(request, Occasion.DECIDED, at=at)
    request.save(
        update_fields=(
            "status",
            "decision_note",
            "decided_by",
            "decided_for",
            "decided_at",
            "decided_digest",
            "closed_at",
        )
    )


def _decision(request: ApprovalRequest) -> dict[str, Any]:
    assert request.decided_by is not None
    stood_in_for = request.decided_for
    return {
        "decidedBy": request.decided_by.get_username(),
        **({"decidedFor": stood_in_for.get_username()} if stood_in_for is not None else {}),
    }
