"""Letters when compliance stops production, and when it goes on: one to compliance and the account manager,
one to the partner.
"""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef

from core.letters import Audience, Mail, record_sending, send_each
from partners.compliance.letters import stop_mail
from partners.compliance.models import ComplianceSuspension, StopLetter, StopOccasion
from partners.models import Status, TenantKind
from partners.onboarding.stages import ENDED


def enter_stop_letter(suspension: ComplianceSuspension, occasion: StopOccasion, *, at: datetime) -> None:
    """Write down that staff and the partner are to be told of a stop, or of its end."""
    for audience in Audience:
        StopLetter.objects.create(suspension=suspension, occasion=occasion, audience=audience, entered_at=at)


def send_stop_letters(*, at: datetime) -> int:
    """Send the letters that wait, what failed before included; return how many were sent."""
    _enter_resumed(at)
    letters = StopLetter.objects.select_related("suspension__partner__account_manager").order_by(
        "entered_at", "pk"
    )
    return send_each(letters, partial(_mail, at), at=at, note=partial(_note, at))


def _enter_resumed(at: datetime) -> None:
    """Write down that production goes on, of those who were told that it is stopped: once nobody stops it any
    more, whoever opened it.
    """
    told = StopLetter.objects.filter(suspension=OuterRef("pk"))
    newer = ComplianceSuspension.objects.filter(
        partner=OuterRef("partner"), suspended_at__gt=OuterRef("suspended_at")
    )
    lifted = ComplianceSuspension.objects.filter(
        Exists(told.filter(occasion=StopOccasion.STOPPED)),
        ~Exists(told.filter(occasion=StopOccasion.RESUMED)),
        ~Exists(newer),
        lifted_at__isnull=False,
        partner__status=Status.ACTIVE,
        partner__tenants__kind=TenantKind.PRODUCTION,
        partner__tenants__status=Status.ACTIVE,
    )
    with transaction.atomic():
        for suspension in lifted.select_for_update(of=("self",), skip_locked=True):
            enter_stop_letter(suspension, StopOccasion.RESUMED, at=at)


def _mail(at: datetime, letter: StopLetter) -> Mail | None:
    """Return the letter; none to a partner that has ended meanwhile."""
    if letter.audience == Audience.PARTNER and letter.suspension.partner.stage in ENDED:
        return None
    return stop_mail(letter, at=at)


def _note(at: datetime, letter: StopLetter) -> None:
    after = {"occasion": letter.occasion, "audience": letter.audience}
    record_sending(letter, what="letter", subject=letter.suspension, at=at, after=after)
