"""Screenings, reviews and licences end: letters to our staff before, production stops after the grace."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.letters import Mail, in_a_line, record_sending, send_each
from partners.compliance.queries import list_watchers
from partners.compliance.services.areas import lock_partner, stop_production
from partners.kyb import queries
from partners.kyb.models import KybReminder
from partners.models import Partner, Status, TenantKind
from partners.onboarding.stages import ENDED

DAYS: Final = (30, 7, 0)


def suspend_lapsed_kyb(*, at: datetime) -> int:
    """Stop the production of partners of whom something has lapsed and the grace is over; return how many."""
    live = Partner.objects.filter(tenants__kind=TenantKind.PRODUCTION, tenants__status=Status.ACTIVE)
    over = {
        lapse.partner_id
        for lapse in queries.list_lapses(live.values_list("pk", flat=True), at=at)
        if lapse.is_over(at=at, grace_days=settings.COMPLIANCE_GRACE_DAYS)
    }
    return sum(_suspend(partner_id, at) for partner_id in sorted(over))


def enter_kyb_reminders(*, at: datetime) -> int:
    """Write down the letters that have become due; return how many."""
    partners = Partner.objects.exclude(stage__in=ENDED).values_list("pk", flat=True)
    wanted = [
        KybReminder(
            partner_id=partner_id,
            what=what,
            due_on=due_on,
            days=min(reached),
            entered_at=at,
        )
        for partner_id, what, due_on in queries.list_ends(partners, at=at)
        if (reached := [days for days in DAYS if due_on - timedelta(days=days) <= at.date()])
    ]
    known = KybReminder.objects.count()
    KybReminder.objects.bulk_create(wanted, ignore_conflicts=True)
    return KybReminder.objects.count() - known


def send_kyb_reminders(*, at: datetime) -> int:
    """Send the letters that wait, what failed before included; return how many were sent."""
    letters = KybReminder.objects.select_related("partner__account_manager").order_by("entered_at", "pk")
    return send_each(letters, partial(_mail, at), at=at, note=partial(_note, at))


def _suspend(partner_id: UUID, at: datetime) -> bool:
    with transaction.atomic():
        partner = lock_partner(partner_id)
        over = [
            lapse
            for lapse in queries.list_lapses([partner_id], at=at)
            if lapse.is_over(at=at, grace_days=settings.COMPLIANCE_GRACE_DAYS)
        ]
        if not over:
            return False
        return stop_production(
            partner, at=at, reason=f"Stopped by compliance: {queries.lapses_in_words(over)}."
        )


def _is_overtaken(reminder: KybReminder, at: datetime) -> bool:
    """Whether a nearer letter is written, or what was to end holds longer by now."""
    partner = reminder.partner
    same = KybReminder.objects.filter(partner=partner, what=reminder.what, due_on=reminder.due_on)
    if partner.stage in ENDED or same.filter(days__lt=reminder.days).exists():
        return True
    return (partner.pk, reminder.what, reminder.due_on) not in queries.list_ends([partner.pk], at=at)


def _mail(at: datetime, reminder: KybReminder) -> Mail | None:
    if _is_overtaken(reminder, at):
        return None
    what = reminder.get_what_display().lower()
    partner = in_a_line(reminder.partner)
    return Mail(
        subject=f"{partner}: {what} due on {reminder.due_on}",
        body=(
            f"The {what} of {partner} holds until {reminder.due_on}.\n"
            f"{settings.COMPLIANCE_GRACE_DAYS} days later production is suspended until it is done.\n"
            "The partner's page, Compliance, has the form.\n"
        ),
        to=list_watchers(reminder.partner),
        nobody="Nobody of compliance has an e-mail address.",
    )


def _note(at: datetime, reminder: KybReminder) -> None:
    after = {"what": reminder.what, "dueOn": reminder.due_on.isoformat(), "days": reminder.days}
    record_sending(reminder, what="reminder", subject=reminder.partner, at=at, after=after)
