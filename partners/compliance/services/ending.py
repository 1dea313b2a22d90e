"""Documents end: their areas with them, after the grace production too; and it goes on when all is accepted.

A daily look does all of this again from what the tables say, so that a missed day changes nothing but the
day.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.audit import record
from partners.compliance import queries
from partners.compliance.models import ComplianceSuspension, EvidenceFile, EvidenceStatus
from partners.compliance.services.areas import resume_production, settle_area, stop_production
from partners.services.locking import lock_partner


def expire_evidence(*, at: datetime) -> int:
    """Mark accepted documents whose last day is over, and their areas; return how many they were."""
    today = queries.today_of(at)
    over = EvidenceFile.objects.filter(status=EvidenceStatus.ACCEPTED, expires_on__lt=today)
    return sum(_expire(key, at) for key in list(over.order_by("pk").values_list("pk", flat=True)))


def suspend_lapsed(*, at: datetime) -> int:
    """Stop the production of partners with a mandatory document whose grace is over; return how many."""
    before = queries.today_of(at) - timedelta(days=settings.COMPLIANCE_GRACE_DAYS)
    over = EvidenceFile.objects.filter(
        status=EvidenceStatus.EXPIRED,
        expires_on__lt=before,
        partner__tenants__kind="production",
        partner__tenants__status="active",
    )
    return sum(_suspend(key, at) for key in list(over.values_list("partner_id", flat=True).distinct()))


def reinstate_partners(*, at: datetime) -> int:
    """Let production go on that compliance had stopped, where all five areas are accepted; return how
    many.
    """
    stopped = ComplianceSuspension.objects.filter(lifted_at=None).values_list("partner_id", flat=True)
    return sum(_reinstate(key, at) for key in list(stopped))


def _expire(evidence_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        partner = lock_partner(queries.get_evidence(evidence_id=evidence_id).partner_id)
        evidence = (
            EvidenceFile.objects.select_for_update(of=("self",))
            .select_related("requirement")
            .get(pk=evidence_id)
        )
        if evidence.status != EvidenceStatus.ACCEPTED:
            return False
        evidence.status = EvidenceStatus.EXPIRED
        evidence.save(update_fields=["status"])
        reason = f"Its last day was {evidence.expires_on}."
        record(
            action="expire document",
            subject=evidence,
            recorded_at=at,
            before={"status": EvidenceStatus.ACCEPTED.value},
            after={"status": EvidenceStatus.EXPIRED.value},
            reason=reason,
        )
        settle_area(partner, evidence.requirement.area, at=at, reason=f"{evidence.requirement}: {reason}")
    return True


def _suspend(partner_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        partner = lock_partner(partner_id)
        lapsed = queries.list_lapsed(
            partner, today=queries.today_of(at), grace_days=settings.COMPLIANCE_GRACE_DAYS
        )
        if not lapsed:
            return False
        said = "; ".join(f"{one.requirement}, last day {one.expires_on}" for one in lapsed)
        return stop_production(partner, at=at, reason=f"Documents have expired and the grace is over: {said}")


def _reinstate(partner_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        partner = lock_partner(partner_id)
        return resume_production(partner, at=at)
