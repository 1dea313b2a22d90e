"""Letters to compliance and the account manager when compliance stops production, and when it goes on."""

from datetime import datetime
from functools import partial

from core.letters import Mail, in_a_line, record_sending, send_each
from partners.compliance import queries
from partners.compliance.models import ComplianceSuspension, StopLetter, StopOccasion


def enter_stop_letter(suspension: ComplianceSuspension, occasion: StopOccasion, *, at: datetime) -> None:
    """Write down that staff are to be told of a stop, or of its end, in the transaction of either."""
    StopLetter.objects.create(suspension=suspension, occasion=occasion, entered_at=at)


def send_stop_letters(*, at: datetime) -> int:
    """Send the letters that wait, what failed before included; return how many were sent."""
    letters = StopLetter.objects.select_related("suspension__partner__account_manager").order_by(
        "entered_at", "pk"
    )
    return send_each(letters, _mail, at=at, note=partial(_note, at))


def _mail(letter: StopLetter) -> Mail:
    partner = letter.suspension.partner
    name = in_a_line(partner)
    if letter.occasion == StopOccasion.STOPPED:
        # The reason is one that everybody may read: of a match it says that a check is open.
        subject = f"{name}: production is stopped"
        said = (
            f"Compliance has stopped the production of {name}.\n"
            f"{in_a_line(letter.suspension.reason)}\n"
            "It goes on by itself once all that compliance asks for holds again.\n"
        )
    else:
        subject = f"{name}: production goes on"
        said = f"The production of {name} goes on: all that compliance asks for holds again.\n"
    return Mail(
        subject=subject,
        body=f"{said}The partner's page, Compliance, says more.\n",
        to=queries.list_watchers(partner),
        nobody="Nobody of compliance has an e-mail address.",
    )


def _note(at: datetime, letter: StopLetter) -> None:
    after = {"occasion": letter.occasion}
    record_sending(letter, what="letter", subject=letter.suspension, at=at, after=after)
