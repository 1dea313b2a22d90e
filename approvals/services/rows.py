"""The row of a request under its lock: found, closed, and what became of it recorded."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals.kinds import kind_of
from approvals.letters import enter_letter
from approvals.models import ApprovalRequest, Occasion, RequestStatus
from approvals.rules import RequestNotFound
from core.audit import record

FAILURE_MAX: Final = 500
TITLE_MAX: Final = 200


def lock_request(request_id: UUID) -> ApprovalRequest:
    """Lock what a request is about, then the request."""
    found = ApprovalRequest.objects.filter(pk=request_id).first()
    if found is None:
        raise RequestNotFound
    lock_subject(found)
    return ApprovalRequest.objects.select_for_update().get(pk=request_id)


def lock_subject(request: ApprovalRequest) -> None:
    lock = kind_of(request.kind).lock
    if lock is not None:
        lock(request)


def make_title(request: ApprovalRequest) -> str:
    """Return what a request asks for, in a line: of what it proposes now."""
    return kind_of(request.kind).title_of(request)[:TITLE_MAX]


def close_request(
    request: ApprovalRequest, status: RequestStatus, at: datetime, *, failure: str = ""
) -> None:
    request.status, request.closed_at, request.failure = status, at, failure[:FAILURE_MAX]
    request.save(update_fields=("status", "closed_at", "failure"))
    if status != RequestStatus.WITHDRAWN:
        enter_letter(request, Occasion.CLOSED, at=at)
    release(request, at)


def release(request: ApprovalRequest, at: datetime) -> None:
    undo = kind_of(request.kind).release
    if undo is not None:
        undo(request, at)


def record_request(action: str, request: ApprovalRequest, at: datetime, **more: Any) -> None:
    record(action=action, subject=request, recorded_at=at, **more)
