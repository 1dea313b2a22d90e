"""Letters when compliance stops production, and when it goes on: one to compliance and the account manager,
one to the partner.
"""

from datetime import datetime
from functools import partial

from core.letters import Audience, Mail, record_sending, send_each
from partners.compliance.letters import stop_mail
from partners.compliance.models import ComplianceSuspension, StopLetter, StopOccasion
from partners.onboarding.stages import ENDED


def enter_stop_letter(suspension: ComplianceSuspension, occasion: StopOccasion, *, at: datetime) -> None:
    """Write down that staff and the partner are to be told of a stop, or of its end, in the transaction of
    either.
    """
    for audience in Audience:
        StopLetter.objects.create(suspension=suspension, occasion=occasion, audience=audience, entered_at=at)


def send_stop_letters(*, at: datetime) -> int:
    """Send the letters that wait, what failed before included; return how many were sent."""
    letters = StopLetter.objects.select_related("suspension__partner__account_manager").order_by(
        "entered_at", "pk"
    )
    return send_each(letters, partial(_mail, at), at=at, note=partial(_note, at))


def _mail(at: datetime, letter: StopLetter) -> Mail | None:
    """Return the letter; none to a partner that has ended meanwhile."""
    if letter.audience == Audience.PARTNER and letter.suspension.partner.stage in ENDED:
        return None
    return stop_mail(letter, at=at)


def _note(at: datetime, letter: StopLetter) -> None:
    after = {"occasion": letter.occasion, "audience": letter.audience}
    record_sending(letter, what="letter", subject=letter.suspension, at=at, after=after)
