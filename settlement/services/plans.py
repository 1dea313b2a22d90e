"""Writes plans: a new version ends the one before it, and nothing that was stated changes."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Q

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.services import carried_out, request_approval
from core.audit import record
from core.clock import now
from core.days import DayInvalid, check_day
from core.errors import BadRequest, Conflict, NotFound, Refusal
from core.models import StaffUser
from core.money import BadAmount, exact_text, parse_amount
from core.tenancy import tenant
from partners.models import Tenant
from settlement.models import Payer, Plan, Statement, StatementStatus
from settlement.rules.periods import PLAN_AHEAD_DAYS_MAX, PLANS_SINCE

RATE_CHANGE: Final = "rate_change"
SUBJECT: Final = "partners.tenant"
RATE_DECIMALS: Final = 8


class TenantUnknown(NotFound):
    message = "There is no tenant under that id."


class PlanTooEarly(Conflict):
    code = "PLAN_TOO_EARLY"
    message = "A plan begins after the version in force, and not in or before a month that has its statement."


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

    A version that has not begun and would begin on that day or later is replaced: it is valid on no day.
    `rate` is a fraction. Returns the new version. Raises TenantUnknown, DayInvalid for a day before 2000 or
    more than two years ahead, and PlanTooEarly where it would change what has been stated.
    """
    with tenant(tenant_id):
        return _agree(
            lock_tenant(tenant_id),
            PlanTerms(rate, currency, payer, valid_from_date),
            agreed_at=agreed_at,
            reason="",
        )


def agree_approved_plan(request: ApprovalRequest, at: datetime) -> None:
    """Agree the plan that a second person approved, once: the request is carried out in the same transaction.

    Raises RequestClosed where that has happened already, and what stands against it since it was approved.
    """
    tenant_id, terms = _asked(request)
    with tenant(tenant_id):
        locked = lock_tenant(tenant_id)
        against = check_plan(request)
        if against is not None:
            raise against
        _agree(locked, terms, agreed_at=at, reason=request.reason)
        carried_out(request_id=request.pk, at=at)


def request_plan(
    *, tenant_id: UUID, terms: PlanTerms, reason: str, requested_by: StaffUser, requested_at: datetime
) -> ApprovalRequest:
    """Ask a second person to agree another version of a tenant's plan.

    Raises TenantUnknown, DayInvalid, PlanTooEarly, and what `request_approval` raises.
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
        present=None if before is None else _terms_view(PlanTerms.of(before)),
        proposed=_terms_view(terms),
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def title_of_plan(request: ApprovalRequest) -> str:
    """Return whose commission it is, how much, and from when."""
    tenant_id, terms = _asked(request)
    owner = Tenant.objects.select_related("partner").get(pk=tenant_id)
    return f"Commission of {owner}: {exact_text(terms.rate, 2)} from {terms.valid_from_date.isoformat()}"


def lock_plan(request: ApprovalRequest) -> None:
    """Lock the tenant, as whoever agrees a plan does."""
    lock_tenant(UUID(request.subject_id))


def check_plan(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against a plan as things are now."""
    try:
        tenant_id, terms = _asked(request)
    except BadAmount:
        return PlanInvalid(details={"field": "rate"})
    except ValueError:
        return PlanInvalid(details={"field": "validFrom"})
    if terms.rate > 1:
        return PlanInvalid(details={"field": "rate"})
    before = Plan.objects.filter(tenant_id=tenant_id).order_by("-version").first()
    present = None if before is None else _terms_view(PlanTerms.of(before))
    if present != request.payload["present"]:
        return PlanMoved()
    owner = Tenant.objects.select_related("partner").get(pk=tenant_id)
    try:
        _check_first_day(owner, terms.valid_from_date, at=now())
    except (DayInvalid, PlanTooEarly) as refusal:
        return refusal
    return None


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


def _check_first_day(owner: Tenant, day: date, *, at: datetime) -> None:
    """Raise DayInvalid or PlanTooEarly unless another version of a tenant's plan may begin on a day.

    What has not begun stands in nobody's way: it is replaced.
    """
    today = at.astimezone(ZoneInfo(owner.partner.time_zone)).date()
    check_day(day, field="validFrom", today=today, ahead_days=PLAN_AHEAD_DAYS_MAX, since=PLANS_SINCE)
    stated = Statement.objects.filter(tenant=owner).exclude(status=StatementStatus.DRAFT)
    begun = Plan.objects.filter(tenant=owner, valid_from__lte=today).exclude(valid_to=F("valid_from"))
    last = begun.aggregate(last=Max("valid_from"))["last"]
    days = [stated.aggregate(last=Max("period_end_date"))["last"], last and last + timedelta(days=1)]
    earliest = max((each for each in days if each is not None), default=None)
    if earliest is not None and day < earliest:
        raise PlanTooEarly(details={"earliest": earliest.isoformat(), "field": "validFrom"})


def _end_before(owner: Tenant, day: date) -> None:
    """End what would be valid from a day on; what would begin then or later is valid on no day."""
    valid = Plan.objects.filter(tenant=owner).filter(Q(valid_to=None) | Q(valid_to__gt=day))
    for plan in valid:
        plan.valid_to = max(day, plan.valid_from)
        plan.save(update_fields=["valid_to"])


def _agree(owner: Tenant, terms: PlanTerms, *, agreed_at: datetime, reason: str) -> Plan:
    _check_first_day(owner, terms.valid_from_date, at=agreed_at)
    _end_before(owner, terms.valid_from_date)
    last = Plan.objects.filter(tenant=owner).aggregate(last=Max("version"))["last"]
    plan = Plan.objects.create(
        tenant=owner,
        version=(last or 0) + 1,
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
