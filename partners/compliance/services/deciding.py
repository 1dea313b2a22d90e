"""Decisions about documents: accepted, rejected, taken up again. Each says who, when and why."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.audit import current_actor, record
from partners.compliance import queries, rules
from partners.compliance.models import EvidenceFile, EvidenceStatus
from partners.compliance.services.areas import resume_production, settle_area, stop_production
from partners.models import Partner
from partners.services.locking import lock_partner

DECIDED = ["status", "decided_by", "decided_at", "note"]


def accept_evidence(*, evidence_id: UUID, accepted_at: datetime, note: str = "") -> EvidenceFile:
    """Accept a document that waits; it takes the place of earlier ones of its requirement.

    When it completes the fifth area, production that compliance had stopped goes on. Raises DocumentNotFound,
    DocumentDecided, and DocumentDatesNotValid for one that has expired while it waited.
    """
    with transaction.atomic():
        partner, evidence = _lock(evidence_id)
        _check_waits(evidence)
        if rules.is_expired(evidence.expires_on, today=queries.today_of(accepted_at)):
            raise rules.DocumentDatesNotValid("The document has expired; ask for a new copy.")
        _replace_others(evidence, at=accepted_at)
        _decide(evidence, EvidenceStatus.ACCEPTED, "accept document", note, accepted_at)
        settle_area(partner, evidence.requirement.area, at=accepted_at, reason=note)
        resume_production(partner, at=accepted_at)
    return evidence


def reject_evidence(*, evidence_id: UUID, rejected_at: datetime, reason: str) -> EvidenceFile:
    """Reject a document that waits. Raises ReasonMissing, DocumentNotFound and DocumentDecided."""
    _check_reason(reason)
    with transaction.atomic():
        partner, evidence = _lock(evidence_id)
        _check_waits(evidence)
        _decide(evidence, EvidenceStatus.REJECTED, "reject document", reason, rejected_at)
        settle_area(partner, evidence.requirement.area, at=rejected_at, reason=reason)
    return evidence


def reopen_evidence(*, evidence_id: UUID, reopened_at: datetime, reason: str) -> EvidenceFile:
    """Take a decision back: the document waits again and its area is in review. A partner whose area loses
    its acceptance by that may not go live, and its production stops until it is accepted again. A document
    for a place where the partner takes no bets yet leaves its area as it is.

    Raises ReasonMissing, DocumentNotFound and DocumentDecided.
    """
    _check_reason(reason)
    with transaction.atomic():
        partner, evidence = _lock(evidence_id)
        if evidence.status not in (EvidenceStatus.ACCEPTED, EvidenceStatus.REJECTED):
            raise rules.DocumentDecided
        was_accepted = evidence.status == EvidenceStatus.ACCEPTED
        before = evidence.status
        evidence.status, evidence.note, evidence.reopened_at = EvidenceStatus.SUBMITTED, reason, reopened_at
        evidence.decided_by, evidence.decided_at = "", None
        evidence.save(update_fields=[*DECIDED, "reopened_at"])
        record(
            action="reopen document",
            subject=evidence,
            recorded_at=reopened_at,
            before={"status": before},
            after={"status": evidence.status},
            reason=reason,
        )
        verdict = settle_area(partner, evidence.requirement.area, at=reopened_at, reason=reason)
        counts = queries.is_asked_now(partner, evidence.requirement)
        if was_accepted and counts and verdict != rules.ACCEPTED:
            area = evidence.requirement.get_area_display()
            stop_production(partner, at=reopened_at, reason=f"{area} is in review again: {reason}")
    return evidence


def _lock(evidence_id: UUID) -> tuple[Partner, EvidenceFile]:
    partner = lock_partner(queries.get_evidence(evidence_id=evidence_id).partner_id)
    evidence = (
        EvidenceFile.objects.select_for_update(of=("self",)).select_related("requirement").get(pk=evidence_id)
    )
    return partner, evidence


def _check_waits(evidence: EvidenceFile) -> None:
    if evidence.status != EvidenceStatus.SUBMITTED:
        raise rules.DocumentDecided


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise rules.ReasonMissing


def _replace_others(evidence: EvidenceFile, *, at: datetime) -> None:
    """Let an accepted document take the place of every earlier one of its requirement that still counts."""
    others = EvidenceFile.objects.select_for_update(of=("self",)).filter(
        partner=evidence.partner_id, requirement=evidence.requirement_id
    )
    for other in others.exclude(pk=evidence.pk).exclude(status=EvidenceStatus.REPLACED):
        is_later = other.status == EvidenceStatus.SUBMITTED and other.uploaded_at > evidence.uploaded_at
        if not is_later and other.status != EvidenceStatus.REJECTED:
            _decide(other, EvidenceStatus.REPLACED, "replace document", other.note, at)


def _decide(evidence: EvidenceFile, status: EvidenceStatus, action: str, note: str, at: datetime) -> None:
    before = evidence.status
    evidence.status, evidence.note = status, note
    evidence.decided_by, evidence.decided_at = current_actor().name, at
    evidence.save(update_fields=DECIDED)
    record(
        action=action,
        subject=evidence,
        recorded_at=at,
        before={"status": before},
        after={"status": status.value},
        reason=note,
    )
