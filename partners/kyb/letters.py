"""What letters say before a screening, a review or a licence ends: to our own staff, and of a licence to the
partner.
"""

from datetime import date

from django.conf import settings

from core.letters import Audience, Mail, in_a_line
from partners.compliance.letters import NOBODY_OF_PARTNER, NOBODY_OF_STAFF
from partners.compliance.queries import is_production_active, list_recipients, list_watchers
from partners.kyb.models import KybReminder
from partners.kyb.rules import SCREENING, stops_on
from partners.letters import compliance_page


def reminder_mail(reminder: KybReminder, *, today: date) -> Mail:
    """Return a letter about what ends, in the words for its audience."""
    if reminder.audience == Audience.PARTNER:
        return _mail_to_partner(reminder, today)
    partner = in_a_line(reminder.partner)
    what = reminder.get_what_display().lower()
    licence = reminder.licence
    if licence is None:
        subject = f"{partner}: {what} due on {reminder.due_on}"
        said = (
            f"The company, an owner or a director of {partner} is to be screened by {reminder.due_on}.\n"
            if reminder.what == SCREENING
            else f"The {what} of {partner} holds until {reminder.due_on}.\n"
        )
    else:
        subject = f"{partner}: licence {in_a_line(licence)} ends on {reminder.due_on}"
        said = (
            f"The last day of the licence {in_a_line(licence)} ({in_a_line(licence.authority)}) of {partner} "
            f"{'was' if reminder.due_on < today else 'is'} {reminder.due_on}.\n"
        )
    day = _stops_on(reminder)
    follows = (
        f"Production stops on {day} unless {'a newer one is entered' if licence else 'it is done'} before.\n"
        if day
        else "Production waits for it.\n"
    )
    return Mail(
        subject=subject,
        body=f"{said}{follows}\n{compliance_page(reminder.partner_id)}\n",
        to=list_watchers(reminder.partner),
        nobody=NOBODY_OF_STAFF,
    )


def _mail_to_partner(reminder: KybReminder, today: date) -> Mail:
    licence, day = reminder.licence, _stops_on(reminder)
    assert licence is not None
    named = f"{in_a_line(licence.number)} for {licence.jurisdiction}"
    follows = (
        f"Your production access is suspended on {day} unless we have entered the new licence before.\n"
        if day
        else "Production waits for it.\n"
    )
    return Mail(
        subject=f"Licence {named} ends on {reminder.due_on}: the new one is needed",
        body=(
            f"To {in_a_line(reminder.partner)}\n\n"
            f"The last day of your licence {named} ({in_a_line(licence.authority)}) "
            f"{'was' if reminder.due_on < today else 'is'} {reminder.due_on}.\n"
            "Please hand in the new one by POST /compliance/documents or through your account manager.\n\n"
            f"{follows}"
        ),
        to=list_recipients(reminder.partner_id),
        nobody=NOBODY_OF_PARTNER,
    )


def _stops_on(reminder: KybReminder) -> date | None:
    """Return the day on which production stops for it; None where production does not run."""
    if not is_production_active(reminder.partner_id):
        return None
    return stops_on(reminder.what, reminder.due_on, grace_days=settings.COMPLIANCE_GRACE_DAYS)
