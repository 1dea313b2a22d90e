"""Makers of documents: real files of each kind, handed in and decided as people would."""

import secrets
import zlib
from datetime import date, datetime, timedelta
from uuid import UUID

from core.audit import acting
from core.clock import now
from partners.compliance.models import EvidenceFile
from partners.compliance.queries import list_requirements
from partners.compliance.services import accept_evidence, hand_in_for_partner
from partners.compliance.services.handing_in import Handed
from partners.models import Partner
from partners.onboarding.models import ComplianceArea, Contact
from tests.makers.roles import acting_as

OFFICER = "officer"


def pdf(text: str = "") -> bytes:
    """Return a small PDF that no other call returns, unless its text is given."""
    said = (text or secrets.token_hex(8)).encode()
    return b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n% " + said + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def png() -> bytes:
    """Return a picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = chunk(b"IHDR", bytes((0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0)))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def jpeg() -> bytes:
    """Return the beginning and the end of a JPEG."""
    return bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"\0" * 20 + b"\xff\xd9"


def hand_in(
    partner: Partner,
    document_type: str = "gaming_licence",
    *,
    expires_on: date | None = None,
    at: datetime | None = None,
    content: bytes | None = None,
) -> EvidenceFile:
    """Return a document that staff handed in for a partner; committed. Unless said, it lasts a year."""
    at = at or now()
    with acting_as("b2b_office"), acting("account manager"):
        return hand_in_for_partner(
            partner_id=partner.pk,
            handed=Handed(
                document_type=document_type,
                file_name=f"{document_type}.pdf",
                content=content or pdf(),
                expires_on=expires_on or at.date() + timedelta(days=365),
            ),
            uploaded_at=at,
        )


def accept(evidence_id: UUID, *, at: datetime | None = None) -> EvidenceFile:
    """Accept a document as a compliance officer."""
    with acting_as("b2b_office"), acting(OFFICER):
        return accept_evidence(evidence_id=evidence_id, accepted_at=at or now())


def accepted(
    partner: Partner,
    document_type: str = "gaming_licence",
    *,
    expires_on: date | None = None,
    at: datetime | None = None,
) -> EvidenceFile:
    """Return a document that was handed in and accepted."""
    return accept(hand_in(partner, document_type, expires_on=expires_on, at=at).pk, at=at)


def accept_all(
    partner: Partner, *, at: datetime | None = None, lasting: dict[str, date] | None = None
) -> dict[str, EvidenceFile]:
    """Hand in and accept every mandatory document, some with a last day of their own; return them by type."""
    with acting_as("b2b_office"):
        asked = [one.document_type for one in list_requirements(partner) if one.mandatory]
    ends = lasting or {}
    return {kind: accepted(partner, kind, expires_on=ends.get(kind), at=at) for kind in asked}


def areas(partner: Partner) -> dict[str, str]:
    """Return the status of each area as it is written."""
    with acting_as("b2b_office"):
        return dict(ComplianceArea.objects.filter(partner=partner).values_list("area", "status"))


def make_contact(partner: Partner, *, role: str = "compliance", is_primary: bool = False) -> str:
    """Return the address of a new contact of a partner; committed."""
    email = f"{secrets.token_hex(6)}@partner.example"
    with acting_as("b2b_office"):
        Contact.objects.create(partner=partner, name="Contact", role=role, email=email, is_primary=is_primary)
    return email
