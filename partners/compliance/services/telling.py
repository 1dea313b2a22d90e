"""Letters when compliance stops production, and when it goes on: one to compliance and the account manager,
one to the partner.
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core.letters import Audience, LetterState, Mail, record_sending, send_each
from partners.compliance.letters import stop_mail
from partners.compliance.models import ComplianceSuspension, StopLetter, StopOccasion
from partners.models import Status, Tenant, TenantKind
from partners.onboarding.stages import ENDED


def enter_stop_letters(suspension: ComplianceSuspension, *, at: datetime) -> None:
    """Write down that staff and the partner are to be told of a stop."""
    for audience in Audience:
        StopLetter.objects.create(
            suspension=suspension, occasion=StopOccasion.STOPPED, audience=audience, entered_at=at
        )


def send_stop_letters(*, at: datetime) -> int:
    """Send the letters that wait, what failed before included; return how many were sent.

    That production goes on is told while it does: a letter that could not be sent waits while somebody has
    stopped it again.
    """
    _enter_resumed(at)
    letters = StopLetter.objects.select_related("suspension__partner__account_manager").filter(
        ~Q(occasion=StopOccasion.RESUMED) | _runs() | Q(suspension__partner__stage__in=ENDED)
    )
    return send_each(letters.order_by("entered_at", "pk"), partial(_mail, at), at=at, note=partial(_note, at))


def _enter_resumed(at: datetime) -> None:
    """Write down that production goes on, for those who were told that it is stopped: once nobody stops it
    any more, whoever opened it.
    """
    told = StopLetter.objects.filter(
        _runs(),
        ~Exists(_of_same_stop().filter(occasion=StopOccasion.RESUMED)),
        ~Exists(_told_since()),
        occasion=StopOccasion.STOPPED,
        state=LetterState.SENT,
        suspension__lifted_at__isnull=False,
    )
    with transaction.atomic():
        for letter in told.select_for_update(of=("self",), skip_locked=True):
            StopLetter.objects.create(
                suspension_id=letter.suspension_id,
                occasion=StopOccasion.RESUMED,
                audience=letter.audience,
                entered_at=at,
            )


def _runs() -> Q:
    """Whether production of the partner whom a letter is about is let in."""
    active = Tenant.objects.filter(
        partner=OuterRef("suspension__partner"), kind=TenantKind.PRODUCTION, status=Status.ACTIVE
    )
    return Q(Exists(active), suspension__partner__status=Status.ACTIVE)


def _of_same_stop() -> QuerySet[StopLetter]:
    return StopLetter.objects.filter(suspension=OuterRef("suspension"), audience=OuterRef("audience"))


def _told_since() -> QuerySet[StopLetter]:
    """The letters by which the same people were told of a later stop of the same partner."""
    return StopLetter.objects.filter(
        suspension__partner=OuterRef("suspension__partner"),
        suspension__suspended_at__gt=OuterRef("suspension__suspended_at"),
        audience=OuterRef("audience"),
        occasion=StopOccasion.STOPPED,
        state=LetterState.SENT,
    )


def _mail(at: datetime, letter: StopLetter) -> Mail | None:
    """Return the letter, or None where it is overtaken: of a stop that is over, of an end that a later stop
    followed, and to a partner that has ended.
    """
    has_ended = letter.suspension.partner.stage in ENDED
    if letter.occasion == StopOccasion.STOPPED:
        is_overtaken = letter.suspension.lifted_at is not None
    else:
        is_overtaken = has_ended or StopLetter.objects.filter(Exists(_told_since()), pk=letter.pk).exists()
    if is_overtaken or (has_ended and letter.audience == Audience.PARTNER):
        return None
    return stop_mail(letter, at=at)


def _note(at: datetime, letter: StopLetter) -> None:
    after = {"occasion": letter.occasion, "audience": letter.audience}
    record_sending(letter, what="letter", subject=letter.suspension, at=at, after=after)
