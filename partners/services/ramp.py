"""How much of a partner's production traffic is routed: raised by two people, step by step, lowered at once.

A player is in the ramp or not by their id alone, so whoever is in at 10 % is still in at 25 %.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.services import request_approval, void_requests
from core.audit import record
from core.errors import Conflict, Refusal
from core.models import StaffUser
from partners.models import Tenant, TenantKind
from partners.onboarding.stages import ENDED, PRODUCTION
from partners.rules import check_ramp_percent
from partners.services.locking import TenantNotFound, lock_tenant
from partners.services.stops import PartnerEnded, check_not_ended

RAMP_STEP: Final = "ramp_step"
SUBJECT: Final = "partners.tenant"


class RampNotOpen(Conflict):
    """Traffic is routed to production from the stage `deployment` on, and to a test tenant always."""

    code = "RAMP_NOT_OPEN"
    message = "Only a production tenant has a ramp, and only from the stage Deployment on."


class RampMoved(Conflict):
    """The ramp is not where it was when a step was asked for."""

    code = "RAMP_MOVED"
    message = "The ramp has been changed since this step was asked for."


def request_ramp_step(
    *, tenant_id: UUID, percent: int, reason: str, requested_by: StaffUser, requested_at: datetime
) -> ApprovalRequest:
    """Ask a second person to route so many percent of a production tenant's players.

    Raises TenantNotFound, RampNotOpen, BadRampPercent, and what `request_approval` raises.
    """
    tenant = _find(tenant_id)
    if tenant is None:
        raise TenantNotFound
    check_ramp_percent(percent)
    return request_approval(
        kind=RAMP_STEP,
        subject_type=SUBJECT,
        subject_id=str(tenant_id),
        partner_id=tenant.partner_id,
        present={"percent": tenant.ramp_percent},
        proposed={"percent": percent},
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def title_of_ramp_step(request: ApprovalRequest) -> str:
    """Return how much of whose traffic would be routed."""
    return f"{proposed(request)['percent']} % of the traffic of {_find(UUID(request.subject_id))}"


def lock_ramp(request: ApprovalRequest) -> None:
    """Lock the tenant whose ramp would rise."""
    lock_tenant(UUID(request.subject_id))


def check_ramp_step(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against a step as things are now."""
    tenant = _find(UUID(request.subject_id))
    if tenant is not None and tenant.partner.stage in ENDED:
        return PartnerEnded()
    if tenant is None or tenant.kind != TenantKind.PRODUCTION or tenant.partner.stage not in PRODUCTION:
        return RampNotOpen()
    return None if tenant.ramp_percent == request.payload["present"]["percent"] else RampMoved()


def take_ramp_step(request: ApprovalRequest, at: datetime) -> None:
    """Set the ramp as it was approved, in the transaction of the approval."""
    _set(lock_tenant(UUID(request.subject_id)), proposed(request)["percent"], at, reason=request.reason)


def lower_ramp(*, tenant_id: UUID, percent: int, lowered_at: datetime, reason: str) -> Tenant:
    """Route fewer players at once; one person may, and a step that waits is void.

    Raises TenantNotFound, PartnerEnded, BadRampPercent and RampMoved.
    """
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        check_not_ended(tenant.partner)
        if check_ramp_percent(percent) > tenant.ramp_percent:
            raise RampMoved
        return _set(tenant, percent, lowered_at, reason=reason)


def _find(tenant_id: UUID) -> Tenant | None:
    return Tenant.objects.select_related("partner").filter(pk=tenant_id).first()


def _set(tenant: Tenant, percent: int, at: datetime, *, reason: str) -> Tenant:
    if tenant.ramp_percent != percent:
        void_requests(
            kind=RAMP_STEP,
            subject_type=SUBJECT,
            subject_ids=[str(tenant.pk)],
            why=RampMoved.message,
            voided_at=at,
        )
    before, tenant.ramp_percent = tenant.ramp_percent, percent
    tenant.save(update_fields=("ramp_percent",))
    record(
        action="change ramp",
        subject=tenant,
        recorded_at=at,
        before={"rampPercent": before},
        after={"rampPercent": percent},
        reason=reason,
    )
    return tenant
