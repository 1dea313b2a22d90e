"""Adjusts a draft: an amount that one person asks for and another one approves, printed on the statement."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.services import request_approval
from core.audit import record
from core.currencies import scale_of
from core.errors import BadRequest, Refusal
from core.models import StaffUser
from core.money import AMOUNT_LIMIT, CONTEXT, amount_text, apart
from core.tenancy import tenant
from settlement.models import Statement, StatementAdjustment, StatementStatus
from settlement.services.drafts import (
    SUBJECT,
    StatementMoved,
    StatementNotDraft,
    get_named,
    lock_draft,
    lock_named,
)

ADJUSTMENT: Final = "adjustment"


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
        statement = lock_draft(tenant_id, statement_id)
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
    statement, asked = get_named(request), proposed(request)
    amount = f"{apart(asked['amount'])} {asked['currency']}"
    return f"{amount} on statement {statement.number} of {statement.tenant}"


def check_adjustment(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against an adjustment as things are now."""
    statement = lock_named(request)
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
