"""Screenings against sanctions lists: written down by one person, a possible match decided by another.

No list is asked from here: staff look in the lists by their own means and enter what came of it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.audit import record
from partners.compliance.services.areas import resume_production, stop_production
from partners.kyb import queries, rules
from partners.kyb.models import Screening, ScreeningDecision, ScreeningResult
from partners.models import Partner
from partners.onboarding.services.entries import EntryNotFound, lock_not_ended

STOPPED = "A check of compliance is open."
"""Why production is stopped by a confirmed match, in words that tell nobody of it."""


def enter_screening(
    *,
    partner_id: UUID,
    lists: Sequence[str],
    lists_on: date,
    result: str,
    screened_by: int,
    screened_at: datetime,
    owner_id: UUID | None = None,
    director_id: UUID | None = None,
    found: str = "",
) -> Screening:
    """Write down what came of looking for the company (no id), an owner or a director on lists.

    A confirmed match stops production at once. Raises PartnerNotFound, EntryNotFound for a person who is not
    to be screened, ScreeningKnown for the latest one again, ScreeningOpen and ScreeningInvalid.
    """
    with transaction.atomic():
        partner = lock_not_ended(partner_id)
        subject = queries.find_subject(partner, owner_id=owner_id, director_id=director_id, at=screened_at)
        if subject is None:
            raise EntryNotFound
        if subject.is_open:
            raise rules.ScreeningOpen
        content: dict[str, Any] = {
            "name": subject.name,
            "lists": sorted(set(lists)),
            "lists_on": lists_on,
            "result": result,
            "found": found.strip(),
            "screened_by_id": screened_by,
        }
        latest = Screening.objects.filter(partner=partner, owner=owner_id, director=director_id).first()
        if latest is not None and all(getattr(latest, name) == value for name, value in content.items()):
            raise rules.ScreeningKnown
        if not subject.name:
            raise rules.ScreeningInvalid("Enter the partner's legal name first.")
        rules.check_screening(
            result=result,
            lists=lists,
            required=settings.SCREENING_LISTS,
            lists_on=lists_on,
            found=found,
            was_confirmed=subject.is_matched,
            today=screened_at.date(),
        )
        screening = Screening.objects.create(
            partner=partner,
            owner_id=owner_id,
            director_id=director_id,
            screened_at=screened_at,
            **content,
        )
        _record(screening, subject.kind)
        _follow(partner, screening, at=screened_at)
    return screening


def _record(screening: Screening, kind: str) -> None:
    record(
        action="screen against sanctions lists",
        subject=screening,
        recorded_at=screening.screened_at,
        after={
            "subject": kind,
            "name": screening.name,
            "lists": screening.lists,
            "listsOn": screening.lists_on.isoformat(),
            "result": str(screening.result),
        },
    )


def decide_screening(
    *, screening_id: UUID, decision: str, reason: str, decided_by: int, decided_at: datetime
) -> Screening:
    """Clear or confirm a possible match, by another person than the one who screened.

    Confirmed, it stops production at once. Raises EntryNotFound, ScreeningDecided, ScreeningSecondLook and
    ScreeningInvalid without a reason.
    """
    if not reason.strip():
        raise rules.ScreeningInvalid("Say why; the reason is kept.")
    with transaction.atomic():
        partner_id = Screening.objects.filter(pk=screening_id).values_list("partner_id", flat=True).first()
        if partner_id is None:
            raise EntryNotFound
        partner = lock_not_ended(partner_id)
        screening = Screening.objects.get(pk=screening_id)
        check_decision(screening, by=decided_by)
        screening.decision = ScreeningDecision(decision)
        screening.decided_by_id, screening.decided_at = decided_by, decided_at
        screening.decision_reason = reason.strip()
        screening.save(update_fields=["decision", "decided_by", "decided_at", "decision_reason"])
        record(
            action="decide sanctions match",
            subject=screening,
            recorded_at=decided_at,
            after={"decision": screening.decision},
            reason=screening.decision_reason,
        )
        _follow(partner, screening, at=decided_at)
    return screening


def check_decision(screening: Screening, *, by: int) -> None:
    """Refuse who may not decide a match. Raises ScreeningDecided and ScreeningSecondLook."""
    if not screening.is_open:
        raise rules.ScreeningDecided
    if screening.screened_by_id == by:
        raise rules.ScreeningSecondLook


def _follow(partner: Partner, screening: Screening, *, at: datetime) -> None:
    """Stop production for a confirmed match; let it go on where nothing stands against it any more."""
    confirmed = (ScreeningResult.CONFIRMED_MATCH, ScreeningDecision.CONFIRMED)
    if screening.result in confirmed or screening.decision in confirmed:
        stop_production(partner, at=at, reason=STOPPED)
    else:
        resume_production(partner, at=at)
