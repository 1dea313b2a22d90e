"""The documents of the demo's companies: one page each, which opens and says whose it is."""

from datetime import date, datetime
from typing import Final

from partners.compliance.queries import list_requirements
from partners.compliance.services import hand_in_for_partner
from partners.compliance.services.handing_in import Handed
from partners.models import Partner


def hand_in_papers(partner: Partner, *, address: str, last_day: date, at: datetime) -> None:
    """Hand in every document that is asked of a partner; those that end, end on the last day."""
    for requirement in list_requirements(partner):
        if requirement.mandatory:
            handed = Handed(
                document_type=requirement.document_type,
                jurisdiction=requirement.jurisdiction,
                file_name=f"{requirement.document_type}.pdf",
                content=write_pdf(requirement.title, partner.name, address),
                expires_on=last_day if requirement.expires else None,
            )
            hand_in_for_partner(partner_id=partner.pk, handed=handed, uploaded_at=at)


def write_pdf(*lines: str) -> bytes:
    """Return a PDF of one page with these lines."""
    shown = " T* ".join(f"({line.translate(_ESCAPED)}) Tj" for line in lines)
    stream = f"BT /F1 16 Tf 24 TL 72 740 Td {shown} ET".encode("latin-1", "replace")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    written, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(objects) + 1, len(written)
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (count, table, count, start)
    )


_ESCAPED: Final = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)"})
