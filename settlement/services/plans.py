"""Writes plans: a new version ends the one before it, and nothing that was stated changes."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Max

from core.audit import record
from core.errors import Conflict, NotFound
from core.money import exact_text
from core.tenancy import tenant
from partners.models import Tenant
from settlement.models import Payer, Plan, Statement, StatementStatus


class TenantUnknown(NotFound):
    message = "There is no tenant under that id."


class PlanTooEarly(Conflict):
    code = "PLAN_TOO_EARLY"
    message = (
        "A plan begins after the version before it, and not in or before a month that has its statement."
    )


def agree_plan(
    *, tenant_id: UUID, rate: Decimal, currency: str, payer: Payer, valid_from_date: date, agreed_at: datetime
) -> Plan:
    """Give a tenant a revenue share from a day of its partner's time zone on, ending the version before it.

    `rate` is a fraction. Returns the new version. Raises TenantUnknown, and PlanTooEarly where it would
    change what has been stated.
    """
    with tenant(tenant_id):
        lock_tenant(tenant_id)
        before = Plan.objects.filter(tenant_id=tenant_id).order_by("-version").first()
        stated = Statement.objects.filter(tenant_id=tenant_id).exclude(status=StatementStatus.DRAFT)
        stated_until = stated.aggregate(last=Max("period_end_date"))["last"]
        if before is not None and valid_from_date <= before.valid_from:
            raise PlanTooEarly(details={"earliest": (before.valid_from + timedelta(days=1)).isoformat()})
        if stated_until is not None and valid_from_date < stated_until:
            raise PlanTooEarly(details={"earliest": stated_until.isoformat()})
        if before is not None and (before.valid_to is None or before.valid_to > valid_from_date):
            before.valid_to = valid_from_date
            before.save(update_fields=["valid_to"])
        plan = Plan.objects.create(
            tenant_id=tenant_id,
            version=before.version + 1 if before is not None else 1,
            rate=rate,
            currency_id=currency,
            payer=payer,
            valid_from=valid_from_date,
            created_at=agreed_at,
        )
        record(
            action="agree plan",
            subject=plan,
            recorded_at=agreed_at,
            after={"version": plan.version, **version_view(plan), "currency": currency, "payer": str(payer)},
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
