"""A partner's documents as the API takes and shows them."""

from datetime import date, datetime
from typing import Annotated, Any

from msgspec import Meta

from core.api.bodies import Body, Moment, Shown
from core.api.uploads import FileField
from core.ids import typeid
from partners.compliance.models import EvidenceFile


class HandIn(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    file: FileField
    type: Annotated[
        str,
        Meta(
            pattern=r"^[a-z][a-z0-9_]{0,47}$(?!\n)",
            description="What the document is, as it was asked for: gaming_licence.",
        ),
    ]
    jurisdiction: (
        Annotated[
            str,
            Meta(
                pattern=r"^([*]|[A-Z]{2}(-[A-Z0-9]{1,3})?)$(?!\n)",
                description="Where documents of the type are asked for in several: which one this is for.",
            ),
        ]
        | None
    ) = None
    issued_on: Annotated[date, Meta(description="The day it was issued.")] | None = None
    expires_on: Annotated[date, Meta(description="Its last day.")] | None = None


class DocumentView(Shown, frozen=True, kw_only=True, rename="camel"):
    document_id: str
    type: str
    title: str
    area: str
    jurisdiction: str
    file_name: str
    content_type: str
    size_bytes: int
    sha256: str
    issued_on: date | None
    expires_on: date | None
    status: Annotated[str, Meta(description="submitted, accepted, rejected, expired or replaced.")]
    note: Annotated[str, Meta(description="What the reviewer says; the reason of a rejection.")]
    uploaded_at: Moment
    decided_at: Moment | None


class DocumentListView(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[DocumentView]
    next_cursor: str | None


def document_view(evidence: EvidenceFile) -> dict[str, Any]:
    """Return a document as its partner sees it: what was decided and when, not by which member of staff."""
    asked = evidence.requirement
    return {
        "documentId": typeid("doc", evidence.pk),
        "type": asked.document_type,
        "title": asked.title,
        "area": asked.area,
        "jurisdiction": asked.jurisdiction,
        "fileName": evidence.file_name,
        "contentType": evidence.content_type,
        "sizeBytes": evidence.size_bytes,
        "sha256": evidence.sha256,
        "issuedOn": _day(evidence.issued_on),
        "expiresOn": _day(evidence.expires_on),
        "status": evidence.status,
        "note": evidence.note,
        "uploadedAt": evidence.uploaded_at,
        "decidedAt": evidence.decided_at,
    }


def _day(value: date | datetime | None) -> str | None:
    return None if value is None else value.isoformat()
