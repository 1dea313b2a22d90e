"""Where letters to our own staff lead in the office."""

from uuid import UUID

from django.conf import settings


def compliance_page(partner_id: UUID) -> str:
    """Return the full address of a partner's page, Compliance: jobs send letters, and know no page's name."""
    return f"{settings.OFFICE_URL}/admin/partners/partner/{partner_id}/compliance/"
