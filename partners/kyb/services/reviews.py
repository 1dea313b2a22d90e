"""The periodic review of a partner's business; production that waited for it goes on."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from core.audit import record
from core.errors import BadRequest, Conflict
from partners.compliance.services.areas import resume_production
from partners.kyb.models import KybReview
from partners.onboarding.services.entries import lock_not_ended

ENTERED_ONCE_WITHIN: Final = timedelta(days=1)
"""A later review may find the same as the one before it."""


class FindingsMissing(BadRequest):
    """A review says what was found."""

    code = "FINDINGS_MISSING"
    message = "Write down what was looked at and what was found."


class ReviewEntered(Conflict):
    """The same findings were written down within a day."""

    code = "KYB_REVIEW_EXISTS"
    message = "A review with these findings is entered already."


def enter_review(*, partner_id: UUID, findings: str, reviewed_by: int, reviewed_at: datetime) -> KybReview:
    """Write down a review of all that is known of a partner. Raises PartnerNotFound, FindingsMissing,
    and ReviewEntered for the same findings within a day.
    """
    if not findings.strip():
        raise FindingsMissing
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        same = KybReview.objects.filter(partner=partner, findings=findings.strip())
        if same.filter(reviewed_at__gt=reviewed_at - ENTERED_ONCE_WITHIN).exists():
            raise ReviewEntered
        review = KybReview.objects.create(
            partner=partner,
            risk_profile=partner.risk_profile,
            findings=findings.strip(),
            reviewed_by_id=reviewed_by,
            reviewed_at=reviewed_at,
        )
        record(
            action="review business",
            subject=review,
            recorded_at=reviewed_at,
            after={"riskProfile": partner.risk_profile, "findings": review.findings},
        )
        resume_production(partner, at=reviewed_at)
    return review
