"""A partner's dossier: a ZIP with an index, as a page and as a table, and every document that was handed in.

It is written while it is sent: no more than one document is in memory. The index comes last, so that it can
say which files were found whole.
"""

import csv
import io
import zipfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.template.loader import render_to_string

from core.clock import instant_text
from core.ids import typeid
from core.models import AuditRecord
from partners.compliance import queries, storage
from partners.compliance.models import EvidenceFile
from partners.compliance.rules import DocumentDamaged
from partners.models import Partner
from partners.onboarding.models import ComplianceArea

HEADINGS: Final = (
    "document", "area", "requirement", "jurisdiction", "status", "file", "in dossier", "bytes", "sha256",
    "issued on", "last day", "uploaded by", "uploaded at", "decided by", "decided at", "note",
)  # fmt: skip
DECISIONS: Final = ("at", "by", "action", "document", "reason", "request id")
AREAS: Final = ("area", "status", "decided by", "decided at", "reason")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything that a dossier tells of, read at one moment."""

    partner: Partner
    made_at: datetime
    areas: list[ComplianceArea]
    documents: list[EvidenceFile]
    decisions: list[AuditRecord]


def gather(partner: Partner, *, at: datetime) -> Dossier:
    """Read what belongs into a partner's dossier; the files themselves are read when it is sent."""
    documents = list(
        EvidenceFile.objects.filter(partner=partner)
        .select_related("requirement")
        .order_by("requirement__area", "requirement__document_type", "uploaded_at", "pk")
    )
    areas = list(ComplianceArea.objects.filter(partner=partner).order_by("area"))
    return Dossier(partner, at, areas, documents, queries.list_decisions(documents))


def write_zip(dossier: Dossier) -> Iterator[bytes]:
    """Return the ZIP piece by piece."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        found: dict[EvidenceFile, str] = {}
        for document in dossier.documents:
            found[document] = yield from _write_document(archive, pipe, dossier, document)
        tables = _tables(dossier, found)
        for name, (headings, rows) in tables.items():
            archive.writestr(_entry(f"{name}.csv", dossier.made_at), _csv(headings, rows))
        page = render_to_string(
            "office/dossier.html",
            {
                "partner": dossier.partner,
                "made_at": instant_text(dossier.made_at),
                "tables": [(name, headings, rows) for name, (headings, rows) in tables.items()],
            },
        )
        archive.writestr(_entry("index.html", dossier.made_at), page.encode())
        yield pipe.taken()
    yield pipe.taken()


class _Pipe(io.RawIOBase):
    """What is written comes out again at once; the archive cannot seek in it and does not need to."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._held += data
        return len(data)

    def taken(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def _write_document(
    archive: zipfile.ZipFile, pipe: _Pipe, dossier: Dossier, document: EvidenceFile
) -> Generator[bytes, None, str]:
    name = f"documents/{document.requirement.area}/{typeid('doc', document.pk)}-{document.file_name}"
    try:
        content = storage.read(document.sha256)
    except DocumentDamaged:
        return "damaged or missing"
    with archive.open(_entry(name, dossier.made_at), "w") as entry:
        for piece in storage.chunks(content):
            entry.write(piece)
            yield pipe.taken()
    return name


def _entry(name: str, at: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.external_attr = 0o600 << 16
    return entry


def _tables(
    dossier: Dossier, found: dict[EvidenceFile, str]
) -> dict[str, tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    names = {str(document.pk): typeid("doc", document.pk) for document in dossier.documents}
    return {
        "areas": (
            AREAS,
            [
                (row.get_area_display(), row.status, row.decided_by, _at(row.decided_at), row.reason)
                for row in dossier.areas
            ],
        ),
        "index": (HEADINGS, [_row(document, found[document]) for document in dossier.documents]),
        "decisions": (
            DECISIONS,
            [
                (
                    _at(one.occurred_at),
                    one.actor,
                    one.action,
                    names[one.object_id],
                    one.reason,
                    one.request_id,
                )
                for one in dossier.decisions
            ],
        ),
    }


def _row(document: EvidenceFile, place: str) -> tuple[str, ...]:
    asked = document.requirement
    return (
        typeid("doc", document.pk),
        asked.get_area_display(),
        asked.title,
        asked.jurisdiction,
        document.status,
        document.file_name,
        place,
        str(document.size_bytes),
        document.sha256,
        str(document.issued_on or ""),
        str(document.expires_on or ""),
        document.uploaded_by,
        _at(document.uploaded_at),
        document.decided_by,
        _at(document.decided_at),
        document.note,
    )


def _at(moment: datetime | None) -> str:
    return "" if moment is None else instant_text(moment)


def _csv(headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    """Return a table by RFC 4180, in UTF-8; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row] for row in rows)
    return text.getvalue().encode()
