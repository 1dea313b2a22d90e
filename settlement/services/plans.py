"""Writes plans: a new version ends the one before it, and nothing that was stated changes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

from django.db.models import Max

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.services import carried_out, request_approval
from core.audit import record
from core.errors import BadRequest, Conflict, NotFound, Refusal
from core.models import StaffUser
from core.money import BadAmount, exact_text, parse_amount
from core.tenancy import tenant
from partners.models import Tenant
from settlement.models import Payer, Plan, Statement, StatementStatus

RATE_CHANGE: Final = "rate_change"
SUBJECT: Final = "partners.tenant"
RATE_DECIMALS: Final = 8


class TenantUnknown(NotFound):
    message = "There is no tenant under that id."


class PlanTooEarly(Conflict):
    code = "PLAN_TOO_EARLY"
    message = (
        "A plan begins after the version before it, and not in or before a month that has its statement."
    )


class PlanMoved(Conflict):
    """Another version was agreed since this one was asked for."""

    code = "PLAN_MOVED"
    message = "Another plan has been agreed since this was asked for."


class PlanInvalid(BadRequest):
    """What was entered is no plan."""

    code = "PLAN_INVALID"
    message = "A commission rate is a fraction from 0 to 1 of at most 8 decimals, and begins on a day."


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What is agreed: `rate` is a fraction, and the day is one of the partner's time zone."""

    rate: Decimal
    currency: str
    payer: Payer
    valid_from_date: date

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Return the terms of a version."""
        return cls(plan.rate, plan.currency_id, Payer(plan.payer), plan.valid_from)


def agree_plan(
    *, tenant_id: UUID, rate: Decimal, currency: str, payer: Payer, valid_from_date: date, agreed_at: datetime
) -> Plan:
    """Give a tenant a revenue share from a day of its partner's time zone on, ending the version before it.

    `rate` is a fraction. Returns the new version. Raises TenantUnknown, and PlanTooEarly where it would
    change what has been stated.
    """
    with tenant(tenant_id):
        lock_tenant(tenant_id)
        return _agree(
            tenant_id,
            PlanTerms(rate, currency, payer, valid_from_date),
            agreed_at=agreed_at,
            reason="",
        )


def agree_approved_plan(request: ApprovalRequest, at: datetime) -> None:
    """Agree the plan that a second person approved, once: the request is carried out in the same transaction.

    Raises RequestClosed where that has happened already, and PlanTooEarly.
    """
    tenant_id, terms = _asked(request)
    with tenant(tenant_id):
        lock_tenant(tenant_id)
        _agree(tenant_id, terms, agreed_at=at, reason=request.reason)
        carried_out(request_id=request.pk, at=at)


def request_plan(
    *, tenant_id: UUID, terms: PlanTerms, reason: str, requested_by: StaffUser, requested_at: datetime
) -> ApprovalRequest:
    """Ask a second person to agree another version of a tenant's plan.

    Raises TenantUnknown, PlanTooEarly, and what `request_approval` raises.
    """
    owner = Tenant.objects.select_related("partner").filter(pk=tenant_id).first()
    if owner is None:
        raise TenantUnknown
    before = Plan.objects.filter(tenant_id=tenant_id).order_by("-version").first()
    return request_approval(
        kind=RATE_CHANGE,
        subject_type=SUBJECT,
        subject_id=str(tenant_id),
        partner_id=owner.partner_id,
        title=f"Commission of {owner}: {exact_text(terms.rate, 2)} from {terms.valid_from_date.isoformat()}",
        present=None if before is None else _terms_view(PlanTerms.of(before)),
        proposed=_terms_view(terms),
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def check_plan(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against a plan as things are now."""
    try:
        tenant_id, terms = _asked(request)
    except (BadAmount, ValueError):
        return PlanInvalid()
    if terms.rate > 1:
        return PlanInvalid()
    before = Plan.objects.filter(tenant_id=tenant_id).order_by("-version").first()
    present = None if before is None else _terms_view(PlanTerms.of(before))
    if present != request.payload["present"]:
        return PlanMoved()
    earliest = _earliest(tenant_id, before)
    return PlanTooEarly() if earliest is not None and terms.valid_from_date < earliest else None


def _asked(request: ApprovalRequest) -> tuple[UUID, PlanTerms]:
    asked = proposed(request)
    return UUID(request.subject_id), PlanTerms(
        rate=parse_amount(asked["rate"], RATE_DECIMALS, zero_allowed=True),
        currency=asked["currency"],
        payer=Payer(asked["payer"]),
        valid_from_date=date.fromisoformat(asked["validFrom"]),
    )


def _terms_view(terms: PlanTerms) -> dict[str, Any]:
    return {
        "rate": exact_text(terms.rate, 2),
        "currency": terms.currency,
        "payer": str(terms.payer),
        "validFrom": terms.valid_from_date.isoformat(),
    }


def _earliest(tenant_id: UUID, before: Plan | None) -> date | None:
    """Return the first day on which another version may begin; None where any may be it."""
    stated = Statement.objects.filter(tenant_id=tenant_id).exclude(status=StatementStatus.DRAFT)
    days = [stated.aggregate(last=Max("period_end_date"))["last"]]
    days.append(None if before is None else before.valid_from + timedelta(days=1))
    return max((day for day in days if day is not None), default=None)


def _agree(tenant_id: UUID, terms: PlanTerms, *, agreed_at: datetime, reason: str) -> Plan:
    before = Plan.objects.filter(tenant_id=tenant_id).order_by("-version").first()
    earliest = _earliest(tenant_id, before)
    if earliest is not None and terms.valid_from_date < earliest:
        raise PlanTooEarly(details={"earliest": earliest.isoformat()})
    if before is not None and (before.valid_to is None or before.valid_to > terms.valid_from_date):
        before.valid_to = terms.valid_from_date
        before.save(update_fields=["valid_to"])
    plan = Plan.objects.create(
        tenant_id=tenant_id,
        version=before.version + 1 if before is not None else 1,
        rate=terms.rate,
        currency_id=terms.currency,
        payer=terms.payer,
        valid_from=terms.valid_from_date,
        created_at=agreed_at,
    )
    record(
        action="agree plan",
        subject=plan,
        recorded_at=agreed_at,
        after={
            "version": plan.version,
            **version_view(plan),
            "currency": terms.currency,
            "payer": str(terms.payer),
        },
        reason=reason,
    )
    return plan


def version_view(plan: Plan) -> dict[str, Any]:
    """Return a version of a plan as statements and the audit trail keep it."""
    return {
        "version": plan.version,
        "kind": plan.kind,
        "rate": exact_text(plan.rate, 2),
        "validFrom": plan.valid_from.isoformat(),
        "validTo": plan.valid_to.isoformat() if plan.valid_to is not None else None,
    }


def lock_tenant(tenant_id: UUID) -> Tenant:
    """Return a tenant, with its partner, that nobody else writes plans or statements of until the end."""
    # Two drafts of one tenant wait for each other here; readers and bets do not.
    owner = (
        Tenant.objects.select_for_update(no_key=True, of=("self",))
        .select_related("partner")
        .filter(pk=tenant_id)
        .first()
    )
    if owner is None:
        raise TenantUnknown
    return owner
