"""Takes a statement from its draft to its approval: adjusted, submitted, approved by two people, or returned.

Whoever prepared a statement never approves it. Its figures stand still from the moment it is submitted; to
change them it becomes a draft again, and what was approved is void.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from django.db.models import Sum

from approvals.kinds import proposed
from approvals.models import ApprovalRequest, RequestStatus
from approvals.queries import find_open_request
from approvals.services import request_approval, withdraw_request
from core.audit import record
from core.currencies import scale_of
from core.errors import BadRequest, Conflict, Refusal
from core.ids import typeid
from core.models import StaffUser
from core.money import AMOUNT_LIMIT, CONTEXT, amount_text, apart, round_half_up
from core.tenancy import tenant
from settlement import queries
from settlement.models import Statement, StatementAdjustment, StatementStatus
from settlement.rules.periods import Month
from settlement.services.plans import lock_tenant

STATEMENT: Final = "statement"
ADJUSTMENT: Final = "adjustment"
SUBJECT: Final = "settlement.statement"


class StatementNotDraft(Conflict):
    code = "STATEMENT_NOT_DRAFT"
    message = "The statement is no draft any more: return it to its draft first."


class StatementNotReturnable(Conflict):
    code = "STATEMENT_NOT_IN_REVIEW"
    message = "Only a statement in review, or approved and not issued, becomes a draft again."


class StatementIncomplete(Conflict):
    code = "STATEMENT_INCOMPLETE"
    message = "The month was not over when the statement was drafted: draft it again after its end."


class StatementOutdated(Conflict):
    code = "STATEMENT_OUTDATED"
    message = "What was settled in the month is not what the draft counts: draft it again."


class StatementMoved(Conflict):
    code = "STATEMENT_MOVED"
    message = "The statement has changed since this was asked for."


class AdjustmentWaiting(Conflict):
    code = "ADJUSTMENT_WAITING"
    message = "An adjustment of this statement waits for a second person; decide or withdraw it first."


class TotalTooLarge(BadRequest):
    code = "STATEMENT_TOTAL_TOO_LARGE"
    message = "With this adjustment the statement's total would have more than 20 digits before the point."


class BadAdjustment(BadRequest):
    code = "ADJUSTMENT_INVALID"
    message = "An adjustment is an amount other than zero with no more decimals than the currency has."


def request_adjustment(
    *,
    tenant_id: UUID,
    statement_id: UUID,
    amount: Decimal,
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
) -> ApprovalRequest:
    """Ask a second person to add an amount, in the statement's currency, to a draft's total.

    `reason` is printed on the statement. Raises StatementUnknown, StatementNotDraft, BadAdjustment,
    TotalTooLarge, and what `request_approval` raises.
    """
    with tenant(tenant_id):
        statement = _lock(tenant_id, statement_id)
        scale = scale_of(statement.currency_id)
        try:
            written = amount_text(amount, scale)
        except (ValueError, InvalidOperation):
            raise BadAdjustment from None
        if not amount or abs(amount) >= AMOUNT_LIMIT:
            raise BadAdjustment
        after = _total_after(statement, amount)
        return request_approval(
            kind=ADJUSTMENT,
            subject_type=SUBJECT,
            subject_id=str(statement.pk),
            partner_id=statement.tenant.partner_id,
            present={"total": amount_text(statement.total, scale)},
            proposed={
                "total": amount_text(after, scale),
                "amount": written,
                "currency": statement.currency_id,
            },
            reason=reason,
            requested_by=requested_by,
            requested_at=requested_at,
        )


def title_of_adjustment(request: ApprovalRequest) -> str:
    """Return how much would be added to which statement."""
    statement, asked = _named(request), proposed(request)
    amount = f"{apart(asked['amount'])} {asked['currency']}"
    return f"{amount} on statement {statement.number} of {statement.tenant}"


def title_of_statement(request: ApprovalRequest) -> str:
    """Return which statement would be approved."""
    statement = _named(request)
    return f"Statement {statement.number} of {statement.tenant}"


def _named(request: ApprovalRequest) -> Statement:
    return Statement.objects.select_related("tenant__partner").get(pk=request.subject_id)


def check_adjustment(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against an adjustment as things are now."""
    statement = _find(request)
    if statement is None or statement.status != StatementStatus.DRAFT:
        return StatementNotDraft()
    present = request.payload["present"]["total"]
    is_same = amount_text(statement.total, scale_of(statement.currency_id)) == present
    if not is_same or statement.currency_id != proposed(request)["currency"]:
        return StatementMoved()
    try:
        _total_after(statement, Decimal(proposed(request)["amount"]))
    except TotalTooLarge as refusal:
        return refusal
    return None


def make_adjustment(request: ApprovalRequest, at: datetime) -> None:
    """Add the adjustment that was approved to its draft, in the transaction of the approval."""
    statement = Statement.objects.select_for_update().get(pk=request.subject_id)
    assert request.decided_by is not None
    amount = Decimal(proposed(request)["amount"])
    adjustment = StatementAdjustment.objects.create(
        tenant_id=statement.tenant_id,
        statement=statement,
        currency=statement.currency_id,
        amount=amount,
        reason=request.reason[:200],
        request=request,
        made_by=request.requested_by,
        approved_by=request.decided_by,
        made_at=at,
    )
    before, statement.total = statement.total, _total_after(statement, amount)
    statement.save(update_fields=("total",))
    scale = scale_of(statement.currency_id)
    record(
        action="adjust statement",
        subject=statement,
        recorded_at=at,
        before={"total": amount_text(before, scale)},
        after={"total": amount_text(statement.total, scale), "adjustment": str(adjustment.pk)},
        reason=request.reason,
    )


def _total_after(statement: Statement, amount: Decimal) -> Decimal:
    """Return a statement's total with an adjustment more. Raises TotalTooLarge."""
    total = CONTEXT.add(statement.total, amount)
    if abs(total) >= AMOUNT_LIMIT:
        raise TotalTooLarge
    return total


def submit_statement(
    *, tenant_id: UUID, statement_id: UUID, note: str, submitted_by: StaffUser, submitted_at: datetime
) -> ApprovalRequest:
    """Hand a draft over for approval; who does is who prepared it. Its figures stand still from here on.

    Raises StatementUnknown, StatementNotDraft, StatementIncomplete, StatementOutdated, AdjustmentWaiting, and
    what `request_approval` raises.
    """
    with tenant(tenant_id):
        statement = _lock(tenant_id, statement_id)
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
    statement = _find(request)
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
        statement = _lock_any(tenant_id, statement_id)
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


def _lock(tenant_id: UUID, statement_id: UUID) -> Statement:
    statement = _lock_any(tenant_id, statement_id)
    if statement.status != StatementStatus.DRAFT:
        raise StatementNotDraft
    return statement


def _lock_any(tenant_id: UUID, statement_id: UUID) -> Statement:
    lock_tenant(tenant_id)
    return queries.lock_statement(tenant_id=tenant_id, statement_id=statement_id)


def _find(request: ApprovalRequest) -> Statement | None:
    return (
        Statement.objects.select_for_update(of=("self",))
        .select_related("tenant")
        .filter(pk=request.subject_id)
        .first()
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
