"""Members of staff who ask and decide, and a request of theirs to raise a limit."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from approvals.models import ApprovalRequest
from approvals.services import approve_request
from core.clock import now
from core.models import StaffUser
from partners.models import Tenant
from risk.models import LimitKind
from risk.services.limits import LimitKey, set_limit
from tests.makers.partners import make_tenant
from tests.makers.staff import make_user

ASKING = (
    "risk.add_limit",
    "risk.change_limit",
    "risk.propose_limit",
    "risk.view_limit",
    "approvals.add_approvalrequest",
)
DECIDING = ("approvals.change_approvalrequest", "approvals.decide_limit_raise")


def maker() -> StaffUser:
    """Return staff who may ask for a higher limit."""
    return make_user(*ASKING)


def checker() -> StaffUser:
    """Return staff who may approve a higher limit."""
    return make_user(*DECIDING)


def ask_raise(
    *,
    by: StaffUser | None = None,
    tenant: Tenant | None = None,
    amount: str = "20000",
    at: datetime | None = None,
) -> ApprovalRequest:
    """Return a pending request to raise a tenant's own limit on a bet; committed."""
    owner = tenant or make_tenant()
    done = set_limit(
        key=LimitKey(LimitKind.MAX_BET, False, tenant_id=owner.pk),
        amount=Decimal(amount),
        set_by=by or maker(),
        set_at=at or now(),
        reason="Asked by the partner",
    )
    assert done.request is not None
    return done.request


def approve(request: ApprovalRequest, by: StaffUser, at: datetime | None = None) -> ApprovalRequest:
    """Approve a request as it reads now."""
    return approve_request(
        request_id=request.pk, digest=request.payload_digest, decided_by=by, decided_at=at or now()
    )


def long_ago() -> datetime:
    """Return a moment at which what is asked has expired by now."""
    return now() - timedelta(days=30)


def run(sql: str, *params: Any) -> int:
    """Run one statement as this process does, past every service; return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
