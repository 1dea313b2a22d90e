"""Letters about documents that end: written down first, then sent, and sent again when that failed."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from core.audit import current_actor, record
from core.letters import Mail, in_a_line, record_sending, send_each
from core.text import check_line
from partners.compliance import queries, rules
from partners.compliance.models import (
    COPY_ASKED,
    ComplianceReminder,
    EvidenceFile,
    EvidenceStatus,
)
from partners.onboarding.stages import ENDED
from partners.services.stops import check_not_ended

BATCH: Final = 200
COPY_ASKED_EVERY: Final = timedelta(days=1)
_OPEN: Final = (EvidenceStatus.ACCEPTED, EvidenceStatus.EXPIRED)


def enter_reminders(*, at: datetime) -> int:
    """Write down the reminders that have become due, one for each document and distance; return how many.

    A document whose successor waits for review is left alone.
    """
    today = queries.today_of(at)
    ending = EvidenceFile.objects.filter(status=EvidenceStatus.ACCEPTED, expires_on__gte=today)
    ending = ending.exclude(partner__stage__in=ENDED)
    entered = 0
    for evidence in ending.select_related("requirement").order_by("expires_on").iterator(BATCH):
        assert evidence.expires_on is not None
        facts = rules.Ending(evidence.expires_on, tuple(evidence.requirement.reminder_days))
        days = rules.due_reminder(facts, today=today)
        if days is not None and not _has_successor(evidence):
            entered += _enter(evidence, days, at)
    return entered


def ask_for_copy(*, evidence_id: UUID, asked_at: datetime, note: str = "") -> ComplianceReminder:
    """Ask a partner for a new copy of a document that ends or has expired; the letter goes out soon.

    Raises DocumentNotFound, DocumentDecided for one that nobody waits for, CopyAsked where the last such
    letter is less than a day old, PartnerEnded and HiddenCharacter.
    """
    note = check_line(note)
    with transaction.atomic():
        EvidenceFile.objects.select_for_update(of=("self",)).filter(pk=evidence_id).first()
        evidence = queries.get_evidence(evidence_id=evidence_id)
        check_not_ended(evidence.partner)
        if evidence.status not in _OPEN:
            raise rules.DocumentDecided
        if ComplianceReminder.objects.filter(
            evidence=evidence, days=COPY_ASKED, asked_at__gt=asked_at - COPY_ASKED_EVERY
        ).exists():
            raise rules.CopyAsked
        reminder = ComplianceReminder.objects.create(
            evidence=evidence,
            days=COPY_ASKED,
            asked_by=current_actor().name,
            asked_at=asked_at,
            note=note,
        )
        record(action="ask for a new copy", subject=evidence, recorded_at=asked_at, reason=note)
    return reminder


def send_reminders(*, at: datetime) -> int:
    """Send what is written down and not sent yet, what failed before included; return how many were sent.

    A reminder that a nearer one has overtaken, or whose document has its successor, is dropped.
    """
    letters = ComplianceReminder.objects.select_related(
        "evidence__partner", "evidence__requirement"
    ).order_by("asked_at", "pk")
    return send_each(letters, _mail, at=at, note=partial(_note, at))


def _has_successor(evidence: EvidenceFile) -> bool:
    return EvidenceFile.objects.filter(
        partner=evidence.partner_id,
        requirement=evidence.requirement_id,
        status=EvidenceStatus.SUBMITTED,
        uploaded_at__gt=evidence.uploaded_at,
    ).exists()


def _enter(evidence: EvidenceFile, days: int, at: datetime) -> bool:
    known = ComplianceReminder.objects.filter(evidence=evidence, days=days)
    if known.exists():
        return False
    try:
        with transaction.atomic():
            ComplianceReminder.objects.create(
                evidence=evidence, days=days, asked_by=current_actor().name, asked_at=at
            )
    except IntegrityError:
        return False
    return True


def _is_overtaken(reminder: ComplianceReminder) -> bool:
    """Whether a nearer letter is written, or nobody waits for a copy any more."""
    evidence = reminder.evidence
    if evidence.status not in _OPEN or evidence.partner.stage in ENDED or _has_successor(evidence):
        return True
    nearer = ComplianceReminder.objects.filter(evidence=evidence, days__gt=COPY_ASKED, days__lt=reminder.days)
    return nearer.exists()


def _mail(reminder: ComplianceReminder) -> Mail | None:
    if _is_overtaken(reminder):
        return None
    evidence = reminder.evidence
    requirement, file_name = in_a_line(evidence.requirement), in_a_line(evidence.file_name)
    asked = f"\n{in_a_line(reminder.note)}\n" if reminder.note else ""
    return Mail(
        subject=f"{requirement}: a new copy is needed by {evidence.expires_on}",
        body=(
            f"To {in_a_line(evidence.partner)}\n\n"
            f"The last day of your document “{requirement}” ({file_name}) is "
            f"{evidence.expires_on}. Please hand in a new copy before then, by POST /compliance/documents "
            f"with the type {evidence.requirement.document_type} or through your account manager.\n"
            f"{asked}\n"
            f"{_what_follows(evidence)}"
        ),
        to=queries.list_recipients(evidence.partner_id),
        nobody="The partner has no contact to write to.",
    )


def _what_follows(evidence: EvidenceFile) -> str:
    """Return what happens without a new copy: nothing, where the partner takes no bets."""
    if not queries.is_asked_now(evidence.partner, evidence.requirement):
        return "Nothing is suspended without it: you take no bets where it is asked for.\n"
    return (
        f"{settings.COMPLIANCE_GRACE_DAYS} days after its last day your production access is suspended "
        "until a new copy is accepted.\n"
    )


def _note(at: datetime, reminder: ComplianceReminder) -> None:
    after = {"days": reminder.days, "recipients": reminder.recipients}
    record_sending(reminder, what="reminder", subject=reminder.evidence, at=at, after=after)
