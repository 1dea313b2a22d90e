"""Letters about documents that end or have ended: written down, then sent, and sent again when that failed.

A partner gets one letter for all its documents at one distance.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from core.audit import current_actor, record
from core.letters import UNSENT, Audience, LetterState, Mail, record_sending, send_each
from core.text import check_line
from partners.compliance import queries, rules
from partners.compliance.letters import reminder_mail
from partners.compliance.models import (
    COPY_ASKED,
    EXPIRED,
    ComplianceReminder,
    EvidenceFile,
    EvidenceStatus,
)
from partners.onboarding.stages import ENDED
from partners.services.stops import check_not_ended

BATCH: Final = 200
COPY_ASKED_EVERY: Final = timedelta(days=1)
_OPEN: Final = (EvidenceStatus.ACCEPTED, EvidenceStatus.EXPIRED)
_Grouped = dict[UUID, list[ComplianceReminder]]
"""The reminders that one letter tells of beside its own, by the id of that."""


def enter_reminders(*, at: datetime) -> int:
    """Write down the reminders that have become due, one for each document and distance, and, once a document
    has expired, one to the partner and one to our staff; return how many.

    A partner whose new copy waits for review is left alone.
    """
    return sum(
        _enter(evidence, days, audience, at)
        for evidence, days, audience in (*_list_ending(at), *_list_expired(at))
        if audience == Audience.STAFF or not queries.has_successor(evidence)
    )


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
    """Send what is written down and not sent yet, what failed before included; return how many letters went
    out.

    A reminder that a nearer one has overtaken, or whose document has its successor, is dropped.
    """
    grouped: _Grouped = {}
    letters = _with_documents().order_by("asked_at", "pk")
    return send_each(letters, partial(_mail, grouped), at=at, note=partial(_note, grouped, at))


def _list_ending(at: datetime) -> Iterator[tuple[EvidenceFile, int, Audience]]:
    today = queries.today_of(at)
    ending = EvidenceFile.objects.filter(status=EvidenceStatus.ACCEPTED, expires_on__gte=today)
    ending = ending.exclude(partner__stage__in=ENDED).select_related("requirement")
    for evidence in ending.order_by("expires_on").iterator(BATCH):
        assert evidence.expires_on is not None
        facts = rules.Ending(evidence.expires_on, tuple(evidence.requirement.reminder_days))
        days = rules.due_reminder(facts, today=today)
        if days is not None:
            yield evidence, days, Audience.PARTNER


def _list_expired(at: datetime) -> Iterator[tuple[EvidenceFile, int, Audience]]:
    """What has expired and is in its grace; once that is over, the letter about the stop tells of it."""
    first = queries.today_of(at) - timedelta(days=settings.COMPLIANCE_GRACE_DAYS)
    expired = EvidenceFile.objects.filter(status=EvidenceStatus.EXPIRED, expires_on__gte=first)
    for evidence in expired.exclude(partner__stage__in=ENDED).order_by("expires_on").iterator(BATCH):
        for audience in Audience:
            yield evidence, EXPIRED, audience


def _enter(evidence: EvidenceFile, days: int, audience: Audience, at: datetime) -> bool:
    known = ComplianceReminder.objects.filter(evidence=evidence, days=days, audience=audience)
    if known.exists():
        return False
    try:
        with transaction.atomic():
            ComplianceReminder.objects.create(
                evidence=evidence, days=days, audience=audience, asked_by=current_actor().name, asked_at=at
            )
    except IntegrityError:
        return False
    return True


def _with_documents() -> QuerySet[ComplianceReminder]:
    return ComplianceReminder.objects.select_related(
        "evidence__partner__account_manager", "evidence__requirement"
    )


def _is_overtaken(reminder: ComplianceReminder) -> bool:
    """Whether a nearer letter is written, or nobody waits for a copy any more."""
    evidence = reminder.evidence
    if evidence.status not in _OPEN or evidence.partner.stage in ENDED:
        return True
    if reminder.audience == Audience.PARTNER and queries.has_successor(evidence):
        return True
    same = ComplianceReminder.objects.filter(evidence=evidence, audience=reminder.audience)
    return same.exclude(days=COPY_ASKED).filter(days__lt=reminder.days).exists()


def _mail(grouped: _Grouped, reminder: ComplianceReminder) -> Mail | None:
    if _is_overtaken(reminder):
        return None
    grouped[reminder.pk] = [each for each in _list_beside(reminder) if not _is_overtaken(each)]
    return reminder_mail([reminder, *grouped[reminder.pk]])


def _list_beside(reminder: ComplianceReminder) -> list[ComplianceReminder]:
    """Lock and return what waits to be told to the same people at the same distance; a copy that staff asked
    for has a letter of its own.
    """
    if reminder.days == COPY_ASKED:
        return []
    waiting = _with_documents().select_for_update(of=("self",), skip_locked=True)
    waiting = waiting.filter(
        evidence__partner=reminder.evidence.partner_id,
        days=reminder.days,
        audience=reminder.audience,
        state__in=UNSENT,
    )
    return list(waiting.exclude(pk=reminder.pk).order_by("evidence__expires_on", "pk"))


def _note(grouped: _Grouped, at: datetime, reminder: ComplianceReminder) -> None:
    _record(reminder, at)
    if reminder.state != LetterState.SENT:
        return
    for each in grouped[reminder.pk]:
        each.state, each.recipients, each.failure = reminder.state, reminder.recipients, ""
        each.attempts, each.tried_at = each.attempts + 1, at
        each.save(update_fields=("recipients", "failure", "state", "attempts", "tried_at"))
        _record(each, at)


def _record(reminder: ComplianceReminder, at: datetime) -> None:
    after = {"days": reminder.days, "audience": reminder.audience, "recipients": reminder.recipients}
    record_sending(reminder, what="reminder", subject=reminder.evidence, at=at, after=after)
