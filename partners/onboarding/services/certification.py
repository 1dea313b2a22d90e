"""The certification of a partner's integration: one person signs a test run, another one countersigns it."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from core.audit import current_actor, record
from core.days import check_past
from core.errors import Conflict, Forbidden, NotFound
from partners.onboarding.models import Certification
from partners.onboarding.services.entries import lock_not_ended


class CertificationNotFound(NotFound):
    """No certification has this id."""

    code = "CERTIFICATION_NOT_FOUND"
    message = "There is no such certification."


class CertificationEntered(Conflict):
    """The same test run is signed already and was not withdrawn."""

    code = "CERTIFICATION_EXISTS"
    message = "A certification of this day with this evidence is entered already."


class CertificationClosed(Conflict):
    """A certification is countersigned once and withdrawn once."""

    code = "CERTIFICATION_CLOSED"
    message = "This certification is countersigned or withdrawn already."


class SecondPersonNeeded(Forbidden):
    """Who signed first does not sign second."""

    code = "SECOND_PERSON_NEEDED"
    message = "Another person must countersign this certification."


def sign_certification(
    *, partner_id: UUID, tested_on: date, notes: str, evidence: str, signed_by: int, signed_at: datetime
) -> Certification:
    """Record a test run that a partner passed, with the first signature (a staff user's key).

    Raises PartnerNotFound, PartnerEnded, DayInvalid and CertificationEntered.
    """
    check_past(tested_on, field="tested_on", today=signed_at.date())
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        same = Certification.objects.filter(partner=partner, tested_on=tested_on, evidence=evidence)
        if same.filter(withdrawn_at=None).exists():
            raise CertificationEntered
        certification = Certification.objects.create(
            partner=partner,
            tested_on=tested_on,
            notes=notes,
            evidence=evidence,
            signed_by_id=signed_by,
            signed_at=signed_at,
        )
        record(
            action="sign certification",
            subject=certification,
            recorded_at=signed_at,
            after={"testedOn": tested_on.isoformat(), "notes": notes, "evidence": evidence},
        )
    return certification


def countersign_certification(
    *, certification_id: UUID, countersigned_by: int, countersigned_at: datetime
) -> Certification:
    """Put the second signature under a test run. Raises SecondPersonNeeded and CertificationClosed."""
    with transaction.atomic():
        certification = _lock(certification_id)
        if certification.countersigned_at is not None or certification.withdrawn_at is not None:
            raise CertificationClosed
        if certification.signed_by_id == countersigned_by:
            raise SecondPersonNeeded
        certification.countersigned_by_id = countersigned_by
        certification.countersigned_at = countersigned_at
        certification.save(update_fields=["countersigned_by", "countersigned_at"])
        record(
            action="countersign certification",
            subject=certification,
            recorded_at=countersigned_at,
            before={"countersignedAt": None},
            after={"countersignedAt": countersigned_at.isoformat()},
        )
    return certification


def withdraw_certification(*, certification_id: UUID, withdrawn_at: datetime, reason: str) -> Certification:
    """Take a certification back; the partner needs another one. Raises CertificationClosed."""
    with transaction.atomic():
        certification = _lock(certification_id)
        if certification.withdrawn_at is not None:
            raise CertificationClosed
        certification.withdrawn_by = current_actor().name
        certification.withdrawn_at = withdrawn_at
        certification.withdrawal_reason = reason
        certification.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawal_reason"])
        record(
            action="withdraw certification",
            subject=certification,
            recorded_at=withdrawn_at,
            before={"withdrawnAt": None},
            after={"withdrawnAt": withdrawn_at.isoformat()},
            reason=reason,
        )
    return certification


def _lock(certification_id: UUID) -> Certification:
    partner_id = (
        Certification.objects.filter(pk=certification_id).values_list("partner_id", flat=True).first()
    )
    if partner_id is None:
        raise CertificationNotFound
    lock_not_ended(partner_id)
    return Certification.objects.select_for_update(of=("self",)).get(pk=certification_id)
