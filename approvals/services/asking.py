"""A request is asked for, edited while nobody has decided, and taken back: by who asked alone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from approvals.kinds import kind_of
from approvals.letters import enter_letter
from approvals.models import ApprovalRequest, Occasion, RequestStatus
from approvals.queries import find_open_request
from approvals.rules import AskingNotAllowed, NothingProposed, NotTheRequester, RequestOpen, check_open
from approvals.services.rows import close_request, lock_request, lock_subject, make_title, record_request
from core.models import StaffUser


def request_approval(
    *,
    kind: str,
    subject_type: str,
    subject_id: str,
    present: Mapping[str, Any] | None,
    proposed: Mapping[str, Any],
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
    partner_id: UUID | None = None,
) -> ApprovalRequest:
    """Ask for a change; return the request, pending, under the title that its kind makes.

    `present` and `proposed` are what a second person compares, as JSON has them; what a kind executes is
    read from `proposed`. Raises AskingNotAllowed, NothingProposed, RequestOpen, or what stands against it.
    """
    found = kind_of(kind)
    if not requested_by.has_perm(found.permission_to_request):
        raise AskingNotAllowed
    if present is not None and dict(present) == dict(proposed):
        raise NothingProposed
    request = ApprovalRequest(
        kind=kind,
        subject_type=subject_type,
        subject_id=subject_id,
        partner_id=partner_id,
        payload={"present": None if present is None else dict(present), "proposed": dict(proposed)},
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
        expires_at=requested_at + found.expires_after,
    )
    with transaction.atomic():
        lock_subject(request)
        against = found.check(request)
        if against is not None:
            raise against
        request.title = make_title(request)
        _enter(request)
    return request


def _enter(request: ApprovalRequest) -> None:
    subject = {"subject_type": request.subject_type, "subject_id": request.subject_id}
    at, reason = request.requested_at, request.reason
    try:
        with transaction.atomic():
            request.save(force_insert=True)
            request.refresh_from_db(fields=["payload_digest"])
            record_request("ask for approval", request, at, after=_shown(request), reason=reason)
            enter_letter(request, Occasion.ASKED, at=at)
    except IntegrityError:
        if find_open_request(kind=request.kind, **subject) is None:
            raise
        raise RequestOpen from None


def edit_request(
    *, request_id: UUID, changes: Mapping[str, Any], reason: str, edited_by: StaffUser, edited_at: datetime
) -> ApprovalRequest:
    """Change what is proposed, and with it the title; whoever was reading it reads it again.

    Only who asked may. An approved request that is not carried out yet becomes void, and the edit is asked
    for anew.
    Raises NotTheRequester, RequestClosed, RequestExpired, NothingProposed, or what stands against it.
    """
    with transaction.atomic():
        request = lock_request(request_id)
        if request.requested_by_id != edited_by.pk:
            raise NotTheRequester
        kind = kind_of(request.kind)
        before = request.payload
        unknown = set(changes) - set(kind.editable)
        if unknown:
            raise ValueError(f"not editable: {sorted(unknown)}")
        proposed = {**before["proposed"], **changes}
        if proposed in (before["proposed"], before["present"]):
            raise NothingProposed
        if request.status == RequestStatus.APPROVED and request.executed_at is None:
            close_request(request, RequestStatus.VOID, edited_at, failure="Edited after it was approved.")
            record_request("void approval", request, edited_at, reason=request.failure)
            return request_approval(
                kind=request.kind,
                subject_type=request.subject_type,
                subject_id=request.subject_id,
                present=before["present"],
                proposed=proposed,
                reason=reason,
                requested_by=edited_by,
                requested_at=edited_at,
                partner_id=request.partner_id,
            )
        check_open(status=request.status, expires_at=request.expires_at, at=edited_at)
        request.payload = {**before, "proposed": proposed}
        against = kind.check(request)
        if against is not None:
            raise against
        was, request.title = request.title, make_title(request)
        request.revision += 1
        request.reason, request.edited_by, request.edited_at = reason, edited_by, edited_at
        request.save(update_fields=("payload", "title", "revision", "reason", "edited_by", "edited_at"))
        request.refresh_from_db(fields=["payload_digest"])
        enter_letter(request, Occasion.EDITED, at=edited_at)
        record_request(
            "edit request",
            request,
            edited_at,
            before={"title": was, "proposed": before["proposed"]},
            after={"title": request.title, "proposed": proposed},
            reason=reason,
        )
    return request


def withdraw_request(*, request_id: UUID, withdrawn_by: StaffUser, withdrawn_at: datetime) -> ApprovalRequest:
    """Take one's own request back. Raises NotTheRequester, RequestClosed, RequestExpired."""
    with transaction.atomic():
        request = lock_request(request_id)
        if request.requested_by_id != withdrawn_by.pk:
            raise NotTheRequester
        check_open(status=request.status, expires_at=request.expires_at, at=withdrawn_at)
        close_request(request, RequestStatus.WITHDRAWN, withdrawn_at)
        record_request("withdraw request", request, withdrawn_at, after={"status": request.status})
    return request


def _shown(request: ApprovalRequest) -> dict[str, Any]:
    return {
        "kind": request.kind,
        "title": request.title,
        "proposed": request.payload["proposed"],
        "digest": request.payload_digest,
    }
