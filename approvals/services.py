"""The only writer of requests for approval: asked, edited, decided, withdrawn, expired, carried out.

An approval locks the request, looks again at everything that may have moved (the content that was read, the
time, the two people, the state of things) and makes the change in the same transaction. Changes that must
have a transaction of their own are made right after it, and by the jobs if that was interrupted.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from approvals.deciding import decided_for
from approvals.kinds import Carrying, kind_of, kinds
from approvals.letters import enter_letter
from approvals.models import ApprovalRequest, Occasion, RequestStatus
from approvals.queries import find_open_request
from approvals.rules import (
    AskingNotAllowed,
    NothingProposed,
    NotTheRequester,
    PermitMissing,
    RequestClosed,
    RequestEdited,
    RequestNotFound,
    RequestOpen,
    RequestOvertaken,
    check_open,
)
from core.audit import acting, current_actor, record
from core.errors import Refusal
from core.models import StaffUser

FAILURE_MAX = 500
log = structlog.get_logger(__name__)


def request_approval(
    *,
    kind: str,
    subject_type: str,
    subject_id: str,
    title: str,
    present: Mapping[str, Any] | None,
    proposed: Mapping[str, Any],
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
    partner_id: UUID | None = None,
) -> ApprovalRequest:
    """Ask for a change; return the request, pending.

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
        title=title[:200],
        payload={"present": None if present is None else dict(present), "proposed": dict(proposed)},
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
        expires_at=requested_at + found.expires_after,
    )
    against = found.check(request)
    if against is not None:
        raise against
    try:
        with transaction.atomic():
            request.save(force_insert=True)
            request.refresh_from_db(fields=["payload_digest"])
            _record("ask for approval", request, requested_at, after=_shown(request), reason=reason)
            enter_letter(request, Occasion.ASKED, at=requested_at)
    except IntegrityError:
        if find_open_request(kind=kind, subject_type=subject_type, subject_id=subject_id) is None:
            raise
        raise RequestOpen from None
    return request


def edit_request(
    *, request_id: UUID, changes: Mapping[str, Any], reason: str, edited_by: StaffUser, edited_at: datetime
) -> ApprovalRequest:
    """Change what is proposed; whoever was reading it reads it again. Only who asked may.

    An approved request that is not carried out yet becomes void, and the edit is asked for anew.
    Raises NotTheRequester, RequestClosed, RequestExpired, NothingProposed, or what stands against it.
    """
    with transaction.atomic():
        request = _lock(request_id)
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
            _close(request, RequestStatus.VOID, edited_at, failure="Edited after it was approved.")
            _record("void approval", request, edited_at, reason=request.failure)
            return request_approval(
                kind=request.kind,
                subject_type=request.subject_type,
                subject_id=request.subject_id,
                title=request.title,
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
        request.revision += 1
        request.reason, request.edited_by, request.edited_at = reason, edited_by, edited_at
        request.save(update_fields=("payload", "revision", "reason", "edited_by", "edited_at"))
        request.refresh_from_db(fields=["payload_digest"])
        enter_letter(request, Occasion.EDITED, at=edited_at)
        _record(
            "edit request",
            request,
            edited_at,
            before={"proposed": before["proposed"]},
            after={"proposed": proposed},
            reason=reason,
        )
    return request


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
            _record(
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
            _close(request, RequestStatus.VOID, decided_at, failure=against.message)
            _record("void request", request, decided_at, reason=against.message)
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
        _record(
            "reject request",
            request,
            decided_at,
            after={"status": request.status, **_decision(request)},
            reason=note,
        )
        _release(request, decided_at)
    return request


def withdraw_request(*, request_id: UUID, withdrawn_by: StaffUser, withdrawn_at: datetime) -> ApprovalRequest:
    """Take one's own request back. Raises NotTheRequester, RequestClosed, RequestExpired."""
    with transaction.atomic():
        request = _lock(request_id)
        if request.requested_by_id != withdrawn_by.pk:
            raise NotTheRequester
        check_open(status=request.status, expires_at=request.expires_at, at=withdrawn_at)
        _close(request, RequestStatus.WITHDRAWN, withdrawn_at)
        _record("withdraw request", request, withdrawn_at, after={"status": request.status})
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
            _close(request, RequestStatus.EXPIRED, at)
            _record("expire request", request, at, after={"status": request.status})
    return len(ended)


# Making the change


def carried_out(*, request_id: UUID, at: datetime) -> ApprovalRequest:
    """Note, in the transaction that made an approved change, that it is made. Raises RequestClosed if it was.

    Whoever calls this first thereby keeps everybody else from making the change a second time.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a change and the note that it is made are one transaction")
    request = _lock(request_id)
    if request.status != RequestStatus.APPROVED or request.executed_at is not None:
        raise RequestClosed
    assert request.decided_at is not None
    request.executed_at = request.closed_at = max(at, request.decided_at)
    request.save(update_fields=("executed_at", "closed_at"))
    _record("carry out request", request, at, after={"executedAt": request.executed_at.isoformat()})
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
        request = _lock(request_id)
        if request.status != RequestStatus.APPROVED or request.executed_at is not None:
            return
        _close(request, RequestStatus.FAILED, at, failure=refusal.message)
        _record("fail request", request, at, reason=refusal.message)


def _lock(request_id: UUID) -> ApprovalRequest:
    request = ApprovalRequest.objects.select_for_update().filter(pk=request_id).first()
    if request is None:
        raise RequestNotFound
    return request


def _lock_decidable(request_id: UUID, decider: StaffUser, at: datetime) -> ApprovalRequest:
    request = _lock(request_id)
    request.decided_for = decided_for(decider, request, kind_of(request.kind), at=at)
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


def _close(request: ApprovalRequest, status: RequestStatus, at: datetime, *, failure: str = "") -> None:
    request.status, request.closed_at, request.failure = status, at, failure[:FAILURE_MAX]
    request.save(update_fields=("status", "closed_at", "failure"))
    if status != RequestStatus.WITHDRAWN:
        enter_letter(request, Occasion.CLOSED, at=at)
    _release(request, at)


def _release(request: ApprovalRequest, at: datetime) -> None:
    release = kind_of(request.kind).release
    if release is not None:
        release(request, at)


def _decision(request: ApprovalRequest) -> dict[str, Any]:
    assert request.decided_by is not None
    stood_in_for = request.decided_for
    return {
        "decidedBy": request.decided_by.get_username(),
        **({"decidedFor": stood_in_for.get_username()} if stood_in_for is not None else {}),
    }


def _shown(request: ApprovalRequest) -> dict[str, Any]:
    return {
        "kind": request.kind,
        "title": request.title,
        "proposed": request.payload["proposed"],
        "digest": request.payload_digest,
    }


def _record(action: str, request: ApprovalRequest, at: datetime, **more: Any) -> None:
    record(action=action, subject=request, recorded_at=at, **more)
