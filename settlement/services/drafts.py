"""A statement under the lock under which it is adjusted, submitted and approved."""

from typing import Final
from uuid import UUID

from approvals.models import ApprovalRequest
from core.errors import Conflict
from settlement import queries
from settlement.models import Statement, StatementStatus
from settlement.services.plans import lock_tenant

SUBJECT: Final = "settlement.statement"


class StatementNotDraft(Conflict):
    code = "STATEMENT_NOT_DRAFT"
    message = "The statement is no draft any more: return it to its draft first."


class StatementMoved(Conflict):
    code = "STATEMENT_MOVED"
    message = "The statement has changed since this was asked for."


def lock_draft(tenant_id: UUID, statement_id: UUID) -> Statement:
    """Lock a draft. Raises StatementUnknown and StatementNotDraft."""
    statement = lock_statement(tenant_id, statement_id)
    if statement.status != StatementStatus.DRAFT:
        raise StatementNotDraft
    return statement


def lock_statement(tenant_id: UUID, statement_id: UUID) -> Statement:
    """Lock a tenant, as drafting does, and a statement of it. Raises StatementUnknown."""
    lock_tenant(tenant_id)
    return queries.lock_statement(tenant_id=tenant_id, statement_id=statement_id)


def lock_named(request: ApprovalRequest) -> Statement | None:
    """Lock and return the statement that a request is about, if there still is one."""
    return (
        Statement.objects.select_for_update(of=("self",))
        .select_related("tenant")
        .filter(pk=request.subject_id)
        .first()
    )


def get_named(request: ApprovalRequest) -> Statement:
    """Return the statement that a request is about, with its tenant and partner, unlocked."""
    return Statement.objects.select_related("tenant__partner").get(pk=request.subject_id)
