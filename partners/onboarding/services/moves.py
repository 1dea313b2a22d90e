"""A partner's way: registered, moved from stage to stage, paused, taken up again, declined, terminated.

The database refuses a wrong move by itself; these services see it coming and say what is missing.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals.services import void_requests_of_partner
from core.audit import current_actor, record
from core.errors import BadRequest, Conflict
from partners.compliance.services.areas import keep_stopped
from partners.models import Partner, Tenant, TenantKind
from partners.onboarding.models import OnboardingMove
from partners.onboarding.queries import list_steps
from partners.onboarding.stages import ENDED, PRODUCTION, Stage
from partners.services.holds import PLATFORM, acting_as_role, check_lift, holds_of
from partners.services.locking import lock_partner
from partners.services.partners import create_partner, create_tenant
from partners.services.stops import find_obstacle
from partners.services.suspending import reopen_tenant, shut_tenant

TAKEN_OVER = "Live before its onboarding was recorded."


class StepNotAllowed(Conflict):
    """There is no step from where the partner is to the stage asked for."""

    code = "STEP_NOT_ALLOWED"
    message = "There is no such step from the present stage."


class StepIncomplete(Conflict):
    """What the step requires does not hold yet; `details.missing` names it."""

    code = "STEP_INCOMPLETE"
    message = "Something is missing for this step."


class ReasonMissing(BadRequest):
    """A move says why."""

    code = "REASON_MISSING"
    message = "A move needs a reason."


def register_partner(
    *,
    name: str,
    country: str,
    currencies: Sequence[str],
    registered_at: datetime,
    time_zone: str = "UTC",
    tier: str = "standard",
    risk_profile: str = "standard",
    legal_name: str = "",
    legal_address: str = "",
    vat_number: str = "",
    enabled_products: Sequence[str] | None = None,
    account_manager_id: int | None = None,
) -> Partner:
    """Enter a partner at the stage `registered`, with its five areas to prove and its test tenant.

    Raises as `create_partner` and `create_tenant` do.
    """
    with transaction.atomic():
        partner = create_partner(
            name=name,
            country=country,
            created_at=registered_at,
            time_zone=time_zone,
            tier=tier,
            risk_profile=risk_profile,
            legal_name=legal_name,
            legal_address=legal_address,
            vat_number=vat_number,
            enabled_products=enabled_products,
            account_manager_id=account_manager_id,
        )
        create_tenant(
            partner_id=partner.pk, kind=TenantKind.TEST, currencies=currencies, created_at=registered_at
        )
    return partner


def move_partner(*, partner_id: UUID, to_stage: Stage, moved_at: datetime, reason: str) -> OnboardingMove:
    """Move a partner to a stage; return the move.

    Leaving the stages of production suspends the production tenant for the platform, coming back to them
    lifts that where nothing else keeps production stopped; declining and terminating suspend the test tenant
    too, and end what waits for a second person, but for what closing the books needs. Raises PartnerNotFound,
    StepNotAllowed, StepIncomplete, ReasonMissing, and PartnerHeld where another role had paused it.
    """
    if not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        partner = lock_partner(partner_id)
        _check_step(partner, to_stage)
        pause = _pause_of(partner)
        if pause is not None and to_stage not in ENDED:
            check_lift(role=pause.moved_by_role, stopped_by=pause.moved_by)
        if to_stage in ENDED:
            why = f"The partner is {to_stage.label.lower()}."
            void_requests_of_partner(partner_id=partner_id, why=why, voided_at=moved_at)
        move = _move(partner, to_stage, moved_at, reason, suspended=_suspend(partner, to_stage, moved_at))
        if to_stage in PRODUCTION:
            _reopen(partner, moved_at, reason)
    return move


def pause_partner(*, partner_id: UUID, paused_at: datetime, reason: str) -> OnboardingMove:
    """Pause a partner where it is; its production tenant is suspended."""
    return move_partner(partner_id=partner_id, to_stage=Stage.PAUSED, moved_at=paused_at, reason=reason)


def unpause_partner(*, partner_id: UUID, unpaused_at: datetime, reason: str) -> OnboardingMove:
    """Let a paused partner go on where it was, as `move_partner` does: production with it."""
    with transaction.atomic():
        pause = _pause_of(lock_partner(partner_id))
        if pause is None:
            raise StepNotAllowed("The partner is not paused.")
        origin = Stage(pause.from_stage)
        return move_partner(partner_id=partner_id, to_stage=origin, moved_at=unpaused_at, reason=reason)


def decline_partner(*, partner_id: UUID, declined_at: datetime, reason: str) -> OnboardingMove:
    """Refuse an applicant for good; all its tenants are suspended."""
    return move_partner(partner_id=partner_id, to_stage=Stage.DECLINED, moved_at=declined_at, reason=reason)


def terminate_partner(*, partner_id: UUID, terminated_at: datetime, reason: str) -> OnboardingMove:
    """End a partnership for good; all its tenants are suspended."""
    return move_partner(
        partner_id=partner_id, to_stage=Stage.TERMINATED, moved_at=terminated_at, reason=reason
    )


def take_over_partner(*, partner_id: UUID, taken_over_at: datetime) -> OnboardingMove:
    """Record a partner that was live before its onboarding was recorded; jobs alone may.

    Its areas of compliance stay as they are: what it proved before, it shows again. The database refuses
    every other process.
    """
    with transaction.atomic():
        return _move(lock_partner(partner_id), Stage.LIVE, taken_over_at, TAKEN_OVER, suspended=False)


def _check_step(partner: Partner, to_stage: Stage) -> None:
    step = list_steps([partner])[partner.pk].to(to_stage)
    present = Stage(partner.stage)
    if step is None:
        raise StepNotAllowed(
            f"There is no step from {present.label} to {to_stage.label}.",
            details={"stage": present.value, "asked": to_stage.value},
        )
    if step.missing:
        raise StepIncomplete(
            f"Missing for {to_stage.label}: {'; '.join(step.missing_titles)}.",
            details={"stage": present.value, "asked": to_stage.value, "missing": list(step.missing)},
        )


def _pause_of(partner: Partner) -> OnboardingMove | None:
    if partner.stage != Stage.PAUSED:
        return None
    return OnboardingMove.objects.filter(partner=partner).order_by("-number").first()


def _suspend(partner: Partner, to_stage: Stage, suspended_at: datetime) -> bool:
    """Suspend the tenants that the stage does not allow; return whether production was among them."""
    if to_stage in PRODUCTION:
        return False
    kinds = [TenantKind.PRODUCTION]
    if to_stage in ENDED:
        kinds.append(TenantKind.TEST)
    reason = f"The partner is moved to {to_stage.label}."
    stopped = [
        tenant.kind
        for tenant in Tenant.objects.filter(partner=partner, kind__in=kinds)
        if shut_tenant(tenant_id=tenant.pk, shut_at=suspended_at, reason=reason)
    ]
    return TenantKind.PRODUCTION in stopped


def _reopen(partner: Partner, opened_at: datetime, reason: str) -> None:
    """Lift what the platform shut of production; where compliance asks for more, that keeps it stopped."""
    tenant = Tenant.objects.filter(partner=partner, kind=TenantKind.PRODUCTION).first()
    if tenant is None or PLATFORM not in holds_of(tenant):
        return
    partner.refresh_from_db(fields=["stage", "stage_since"])
    obstacle = find_obstacle(partner, at=opened_at)
    if obstacle is None:
        reopen_tenant(tenant_id=tenant.pk, opened_at=opened_at, reason=reason)
    else:
        keep_stopped(partner, at=opened_at, reason=obstacle.message)


def _move(
    partner: Partner, to_stage: Stage, moved_at: datetime, reason: str, *, suspended: bool
) -> OnboardingMove:
    before = partner.stage
    move = OnboardingMove.objects.create(
        partner=partner,
        from_stage=before,
        to_stage=to_stage,
        moved_by=current_actor().name,
        moved_by_role=acting_as_role()[1],
        moved_at=moved_at,
        reason=reason.strip(),
        tenant_suspended=suspended,
    )
    move.refresh_from_db(fields=["number"])
    record(
        action="move partner",
        subject=partner,
        recorded_at=moved_at,
        before={"stage": before},
        after={"stage": to_stage.value},
        reason=reason.strip(),
    )
    return move
