"""Letters about requests: written down with what they tell of, sent by the jobs, and again when that failed.

Whom a letter goes to is settled when it is sent: those who may decide at the moment of that round, or who
asked.
"""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string

from approvals.deciders import Deciders
from approvals.kinds import Carrying, kind_of, kinds
from approvals.models import ApprovalLetter, ApprovalRequest, Occasion, RequestStatus
from core.letters import Mail, in_a_line, send_each
from core.models import StaffUser

REMIND_BEFORE: Final = timedelta(hours=24)
ATTEMPTS_MAX: Final = 8
"""Four days of attempts; after that the failure stands on the request's page."""


def enter_letter(request: ApprovalRequest, occasion: Occasion, *, at: datetime) -> None:
    """Write down, in the caller's transaction, that a letter is to be sent; once for each occasion."""
    ApprovalLetter.objects.bulk_create(
        [
            ApprovalLetter(
                request=request,
                occasion=occasion,
                revision=request.revision,
                status=request.status,
                entered_at=at,
            )
        ],
        ignore_conflicts=True,
    )


def enter_reminders(*, at: datetime) -> int:
    """Write down the reminders of what ends within a day; return how many are new.

    Of a request that waits those who may decide are reminded; of a permit who may use it.
    """
    permits = [kind.name for kind in kinds() if kind.carrying is Carrying.BY_REQUESTER]
    reminded = ApprovalLetter.objects.filter(
        request=OuterRef("pk"), occasion=Occasion.ENDING, status=OuterRef("status")
    )
    ending = ApprovalRequest.objects.filter(
        Q(status=RequestStatus.PENDING)
        | Q(status=RequestStatus.APPROVED, executed_at__isnull=True, kind__in=permits),
        ~Exists(reminded),
        expires_at__gt=at,
        expires_at__lte=at + REMIND_BEFORE,
    )
    with transaction.atomic():
        found = list(ending.order_by("id"))
        for request in found:
            enter_letter(request, Occasion.ENDING, at=at)
    return len(found)


def send_letters(*, at: datetime) -> int:
    """Send what waits, and what failed a while ago; return how many letters went out."""
    letters = (
        ApprovalLetter.objects.filter(attempts__lt=ATTEMPTS_MAX)
        .select_related("request__requested_by", "request__decided_by", "request__decided_for")
        .order_by("entered_at", "id")
    )
    deciders = Deciders(at)
    return send_each(letters, lambda letter: _mail(letter, deciders), at=at)


def _is_overtaken(letter: ApprovalLetter) -> bool:
    if letter.occasion in (Occasion.DECIDED, Occasion.CLOSED):
        return False
    request = letter.request
    is_done = request.executed_at is not None
    return is_done or (request.status, request.revision) != (letter.status, letter.revision)


def _readers(letter: ApprovalLetter, deciders: Deciders) -> list[StaffUser]:
    if letter.status == RequestStatus.PENDING:
        return deciders.of(letter.request)
    return [letter.request.requested_by]


def _mail(letter: ApprovalLetter, deciders: Deciders) -> Mail | None:
    if _is_overtaken(letter):
        return None
    request = letter.request
    text = render_to_string(
        "office/letters/approval.txt",
        {
            "request": request,
            "title": in_a_line(request.title),
            "kind": kind_of(request.kind).title,
            "occasion": letter.occasion,
            "status": letter.status,
            "url": f"{settings.OFFICE_URL}/admin/approvals/approvalrequest/{request.pk}/change/",
        },
    )
    to = sorted({user.email for user in _readers(letter, deciders) if user.email})
    return Mail(_subject(letter), text, to, nobody="Nobody to write to has an e-mail address.")


def _subject(letter: ApprovalLetter) -> str:
    words = {
        Occasion.ASKED: "To approve",
        Occasion.EDITED: "Edited, to approve",
        Occasion.ENDING: "Ends soon",
    }
    said = words.get(Occasion(letter.occasion), RequestStatus(letter.status).label)
    return f"{said}: {letter.request.title}"
