"""What documents come to: the verdict on an area, and whether production may go on."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from core.audit import current_actor, record
from partners.compliance import queries, rules
from partners.compliance.models import ComplianceSuspension
from partners.compliance.services.telling import enter_stop_letters
from partners.kyb.queries import list_lapses
from partners.models import Partner, Tenant, TenantKind
from partners.onboarding.models import ComplianceArea
from partners.onboarding.stages import PRODUCTION
from partners.services.holds import PLATFORM, holds_of
from partners.services.locking import lock_partner
from partners.services.suspending import reopen_tenant, shut_tenant

PLACES_CHANGED: Final = "The jurisdictions in which the partner takes bets have changed."


def settle_area(partner: Partner, area: str, *, at: datetime, reason: str = "") -> str:
    """Write what an area's documents come to, and return it; the partner is locked.

    An area that nobody has touched gets its row here.
    """
    row, _ = ComplianceArea.objects.select_for_update(of=("self",)).get_or_create(partner=partner, area=area)
    verdict = queries.verdict_of(queries.list_states(partner, area=area))
    if row.status == verdict:
        return verdict
    before = row.status
    row.status, row.reason = verdict, reason
    row.decided_by, row.decided_at = current_actor().name, at
    if verdict == rules.REJECTED and not reason:
        row.reason = "A document was rejected."
    row.save(update_fields=["status", "reason", "decided_by", "decided_at"])
    record(
        action="set compliance area",
        subject=row,
        recorded_at=at,
        before={"status": before},
        after={"status": verdict, "area": area},
        reason=row.reason,
    )
    return verdict


def stop_production(partner: Partner, *, at: datetime, reason: str) -> bool:
    """Suspend a locked partner's production tenant for compliance, beside what people have suspended; return
    whether that is new. One that the platform has shut already stays as it is.
    """
    tenant = Tenant.objects.filter(partner=partner, kind=TenantKind.PRODUCTION).first()
    if tenant is None or PLATFORM in holds_of(tenant):
        return False
    shut_tenant(tenant_id=tenant.pk, shut_at=at, reason=reason)
    keep_stopped(partner, at=at, reason=reason)
    return True


def keep_stopped(partner: Partner, *, at: datetime, reason: str) -> None:
    """Note that compliance keeps the production of a locked partner stopped, which the platform has shut: it
    goes on by itself once all that compliance asks for holds again.
    """
    suspension, is_new = ComplianceSuspension.objects.get_or_create(
        partner=partner, lifted_at=None, defaults={"suspended_at": at, "reason": reason}
    )
    if is_new:
        record(
            action="suspend for compliance",
            subject=suspension,
            recorded_at=at,
            after={"partner": str(partner.pk)},
            reason=reason,
        )
        enter_stop_letters(suspension, at=at)


def resume_production(partner: Partner, *, at: datetime) -> bool:
    """Let a locked partner's production tenant go on when all five areas are accepted, nothing has lapsed and
    nobody else has stopped it; return whether it did.
    """
    suspension = ComplianceSuspension.objects.filter(
        partner=partner, suspended_at__lte=at, lifted_at=None
    ).first()
    if suspension is None or rules.missing_areas(queries.areas_of(partner)):
        return False
    if list_lapses([partner.pk], at=at):
        return False
    suspension.lifted_at = at
    suspension.save(update_fields=["lifted_at"])
    reason = "All that compliance asks for holds again."
    record(action="lift compliance suspension", subject=suspension, recorded_at=at, reason=reason)
    if partner.stage not in PRODUCTION:
        return False
    tenant = Tenant.objects.filter(partner=partner, kind=TenantKind.PRODUCTION).first()
    return tenant is not None and reopen_tenant(tenant_id=tenant.pk, opened_at=at, reason=reason)


def settle_all_areas(*, partner_id: UUID, at: datetime, reason: str) -> dict[str, str]:
    """Write what all five areas come to, and return them: after a partner's jurisdictions changed."""
    with transaction.atomic():
        partner = lock_partner(partner_id)
        return {area: settle_area(partner, area, at=at, reason=reason) for area in rules.AREAS}
