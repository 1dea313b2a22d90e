"""Takes a statement from its draft to its approval: submitted, approved by two people, or returned.

Whoever prepared a statement never approves it. Its figures stand still from the moment it is submitted; to
change them it becomes a draft again, and what was approved is void.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from approvals.kinds import proposed
from approvals.models import ApprovalRequest, RequestStatus
from approvals.queries import find_open_request
from approvals.services import request_approval, withdraw_request
from core.audit import record
from core.currencies import scale_of
from core.errors import Conflict, Refusal
from core.ids import typeid
from core.models import StaffUser
from core.money import amount_text, round_half_up
from core.tenancy import tenant
from settlement import queries
from settlement.models import Statement, StatementStatus
from settlement.rules.periods import Month
from settlement.services.adjusting import ADJUSTMENT
from settlement.services.drafts import (
    SUBJECT,
    StatementMoved,
    get_named,
    lock_draft,
    lock_named,
    lock_statement,
)

STATEMENT: Final = "statement"


class StatementNotReturnable(Conflict):
    code = "STATEMENT_NOT_IN_REVIEW"
    message = "Only a statement in review, or approved and not issued, becomes a draft again."


class StatementIncomplete(Conflict):
    code = "STATEMENT_INCOMPLETE"
    message = "The month was not over when the statement was drafted: draft it again after its end."


class StatementOutdated(Conflict):
    code = "STATEMENT_OUTDATED"
    message = "What was settled in the month is not what the draft counts: draft it again."


class AdjustmentWaiting(Conflict):
    code = "ADJUSTMENT_WAITING"
    message = "An adjustment of this statement waits for a second person; decide or withdraw it first."


def title_of_statement(request: ApprovalRequest) -> str:
    """Return which statement would be approved."""
    statement = get_named(request)
    return f"Statement {statement.number} of {statement.tenant}"


def submit_statement(
    *, tenant_id: UUID, statement_id: UUID, note: str, submitted_by: StaffUser, submitted_at: datetime
) -> ApprovalRequest:
    """Hand a draft over for approval; who does is who prepared it. Its figures stand still from here on.

    Raises StatementUnknown, StatementNotDraft, StatementIncomplete, StatementOutdated, AdjustmentWaiting, and
    what `request_approval` raises.
    """
    with tenant(tenant_id):
        statement = lock_draft(tenant_id, statement_id)
        _check_complete(statement, submitted_at)
        if find_open_request(kind=ADJUSTMENT, subject_type=SUBJECT, subject_id=str(statement.pk)):
            raise AdjustmentWaiting
        statement.status = StatementStatus.IN_REVIEW
        statement.prepared_by, statement.submitted_at = submitted_by, submitted_at
        statement.save(update_fields=("status", "prepared_by", "submitted_at"))
        request = request_approval(
            kind=STATEMENT,
            subject_type=SUBJECT,
            subject_id=str(statement.pk),
            partner_id=statement.tenant.partner_id,
            present=None,
            proposed=_figures(statement),
            reason=note,
            requested_by=submitted_by,
            requested_at=submitted_at,
        )
        record(
            action="submit statement",
            subject=statement,
            recorded_at=submitted_at,
            before={"status": StatementStatus.DRAFT},
            after={"status": statement.status, "total": proposed(request)["total"]},
            reason=note,
        )
    return request


def check_statement(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against an approval as things are now."""
    statement = lock_named(request)
    if (
        statement is None
        or statement.status != StatementStatus.IN_REVIEW
        or statement.prepared_by_id != request.requested_by_id
        or _figures(statement) != proposed(request)
    ):
        return StatementMoved()
    return None


def approve_statement(request: ApprovalRequest, at: datetime) -> None:
    """Approve a statement in the transaction of the approval, under its lock."""
    statement = Statement.objects.select_for_update().get(pk=request.subject_id)
    statement.status = StatementStatus.APPROVED
    statement.approved_by, statement.approved_at = request.decided_by, at
    statement.save(update_fields=("status", "approved_by", "approved_at"))
    record(
        action="approve statement",
        subject=statement,
        recorded_at=at,
        before={"status": StatementStatus.IN_REVIEW},
        after={"status": statement.status, "total": proposed(request)["total"]},
        reason=request.decision_note,
    )


def release_statement(request: ApprovalRequest, at: datetime) -> None:
    """Make a statement a draft again whose approval was refused, withdrawn or not given in time."""
    statement = Statement.objects.select_for_update().filter(pk=request.subject_id).first()
    if statement is None or statement.status != StatementStatus.IN_REVIEW:
        return
    _make_draft(statement, at, reason=request.decision_note or request.failure)


def return_statement(
    *, tenant_id: UUID, statement_id: UUID, reason: str, returned_by: StaffUser, returned_at: datetime
) -> Statement:
    """Make a statement that is in review or approved a draft again; its approval, if any, is void.

    In review only who submitted it may, which withdraws the request. Raises StatementUnknown,
    StatementNotReturnable, and what `withdraw_request` raises.
    """
    with tenant(tenant_id):
        waiting = find_open_request(kind=STATEMENT, subject_type=SUBJECT, subject_id=str(statement_id))
        if waiting is not None and waiting.status == RequestStatus.PENDING:
            withdraw_request(request_id=waiting.pk, withdrawn_by=returned_by, withdrawn_at=returned_at)
        statement = lock_statement(tenant_id, statement_id)
        if statement.status == StatementStatus.APPROVED:
            _make_draft(statement, returned_at, reason=reason)
        elif waiting is None:
            raise StatementNotReturnable
    return statement


def _make_draft(statement: Statement, at: datetime, *, reason: str) -> None:
    before = statement.status
    statement.status = StatementStatus.DRAFT
    statement.prepared_by = statement.submitted_at = statement.approved_by = statement.approved_at = None
    statement.save(update_fields=("status", "prepared_by", "submitted_at", "approved_by", "approved_at"))
    record(
        action="return statement",
        subject=statement,
        recorded_at=at,
        before={"status": before},
        after={"status": statement.status},
        reason=reason,
    )


def _check_complete(statement: Statement, at: datetime) -> None:
    month = queries.month_of(statement)
    _, end_at = month.bounds(statement.time_zone)
    if Month.of(at, statement.time_zone) <= month or statement.drafted_at < end_at:
        raise StatementIncomplete(details={"period": str(month), "timeZone": statement.time_zone})
    kept = statement.lines.aggregate(stakes=Sum("stakes"), payouts=Sum("payouts"))
    if queries.sum_settled(statement, until=at) != (
        kept["stakes"] or Decimal(0),
        kept["payouts"] or Decimal(0),
    ):
        raise StatementOutdated


def _figures(statement: Statement) -> dict[str, Any]:
    scale = scale_of(statement.currency_id)
    adjusted = statement.adjustments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    return {
        "statement": typeid("stm", statement.pk),
        "period": str(queries.month_of(statement)),
        "currency": statement.currency_id,
        "revenue": amount_text(statement.revenue, scale),
        "adjustments": amount_text(round_half_up(adjusted, scale), scale),
        "total": amount_text(statement.total, scale),
        "lines": statement.lines.count(),
        "draftedAt": statement.drafted_at.isoformat(),
    }
