"""Documents come in: checked by content, stored, and written down as waiting for review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.audit import current_actor, record
from core.tenancy import tenant
from partners.compliance import queries, rules, storage
from partners.compliance.models import ComplianceRequirement, EvidenceFile, EvidenceStatus, Uploader
from partners.models import Partner
from partners.services.locking import PartnerNotFound, lock_partner
from partners.services.stops import check_not_ended

_LIVE: Final = (EvidenceStatus.SUBMITTED, EvidenceStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Handed:
    """A document as it is handed in. `jurisdiction` tells two requirements of one type apart."""

    document_type: str
    file_name: str
    content: bytes
    issued_on: date | None = None
    expires_on: date | None = None
    jurisdiction: str = ""


def hand_in_document(
    *, tenant_id: UUID, partner_id: UUID, handed: Handed, uploaded_at: datetime
) -> EvidenceFile:
    """Take a document from one of the partner's systems; the actor is its API client.

    Raises DocumentTooLarge, DocumentFormatNotAccepted, DocumentNotAskedFor, DocumentDatesNotValid,
    DocumentKnown and DocumentStoreUnavailable; then nothing is written.
    """
    content_type = _check_content(handed)
    with tenant(tenant_id):
        return _hand_in(partner_id, handed, content_type, Uploader.CLIENT, uploaded_at)


def hand_in_for_partner(*, partner_id: UUID, handed: Handed, uploaded_at: datetime) -> EvidenceFile:
    """Take a document that staff received from a partner. Raises as `hand_in_document`, PartnerNotFound and
    PartnerEnded.
    """
    content_type = _check_content(handed)
    with transaction.atomic():
        check_not_ended(lock_partner(partner_id))
        return _hand_in(partner_id, handed, content_type, Uploader.STAFF, uploaded_at)


def record_download(*, evidence: EvidenceFile, downloaded_at: datetime) -> None:
    """Write down that somebody looked at a document."""
    with transaction.atomic():
        record(
            action="download document",
            subject=evidence,
            recorded_at=downloaded_at,
            after={"file": evidence.file_name, "sha256": evidence.sha256},
        )


def record_dossier(*, partner: Partner, documents: Sequence[EvidenceFile], made_at: datetime) -> None:
    """Write down that somebody took a partner's whole dossier, and each document in it."""
    with transaction.atomic():
        record(
            action="export dossier",
            subject=partner,
            recorded_at=made_at,
            after={"documents": [str(one.pk) for one in documents]},
        )
        for one in documents:
            record(
                action="download document",
                subject=one,
                recorded_at=made_at,
                after={"file": one.file_name, "sha256": one.sha256},
                reason="in a dossier",
            )


def _check_content(handed: Handed) -> str:
    rules.check_size(len(handed.content), bytes_max=settings.EVIDENCE_BYTES_MAX)
    return rules.find_content_type(handed.content)


def _hand_in(
    partner_id: UUID, handed: Handed, content_type: str, uploader: Uploader, at: datetime
) -> EvidenceFile:
    partner = Partner.objects.filter(pk=partner_id).first()
    if partner is None:
        raise PartnerNotFound
    requirement = _requirement(partner, handed)
    rules.check_dates(
        issued_on=handed.issued_on,
        expires_on=handed.expires_on,
        must_expire=requirement.expires,
        today=queries.today_of(at),
    )
    stored = storage.store(handed.content)
    known = EvidenceFile.objects.filter(
        partner=partner, requirement=requirement, sha256=stored.sha256, status__in=_LIVE
    ).first()
    if known is not None:
        raise rules.DocumentKnown
    evidence = EvidenceFile.objects.create(
        partner=partner,
        requirement=requirement,
        file_name=rules.tidy_name(handed.file_name, content_type),
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        content_type=content_type,
        issued_on=handed.issued_on,
        expires_on=handed.expires_on,
        uploaded_by=current_actor().name,
        uploader=uploader,
        uploaded_at=at,
    )
    record(
        action="hand in document",
        subject=evidence,
        recorded_at=at,
        after={
            "requirement": str(requirement),
            "file": evidence.file_name,
            "sha256": evidence.sha256,
            "expiresOn": handed.expires_on.isoformat() if handed.expires_on else None,
        },
    )
    return evidence


def _requirement(partner: Partner, handed: Handed) -> ComplianceRequirement:
    bound = queries.list_asked(partner)
    asked = [one for one in bound if one.document_type == handed.document_type]
    types = sorted({one.document_type for one in bound})
    places = sorted(one.jurisdiction for one in asked)
    if handed.jurisdiction:
        asked = [one for one in asked if one.jurisdiction == handed.jurisdiction]
    if len(asked) == 1:
        return asked[0]
    if asked:
        raise rules.DocumentNotAskedFor(
            "Documents of this type are asked for in several jurisdictions; say for which this one is.",
            details={"jurisdictions": places},
        )
    raise rules.DocumentNotAskedFor(details={"jurisdictions": places} if places else {"types": types})
