"""Screenings, reviews and licences end: letters before, and production stops after the grace."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from core.letters import Audience, Mail, record_sending, send_each
from partners.compliance.services.areas import stop_production
from partners.kyb import queries
from partners.kyb.letters import reminder_mail
from partners.kyb.models import KybReminder
from partners.kyb.rules import LICENCE
from partners.models import Partner, Status, TenantKind
from partners.onboarding.stages import ENDED
from partners.services.locking import lock_partner

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
            partner_id=end.partner_id,
            audience=audience,
            what=end.what,
            licence_id=end.licence_id,
            due_on=end.due_on,
            days=min(reached),
            entered_at=at,
        )
        for end in _list_told(partners, at)
        if (reached := [days for days in DAYS if end.due_on - timedelta(days=days) <= at.date()])
        for audience in (Audience if end.what == LICENCE else (Audience.STAFF,))
    ]
    known = KybReminder.objects.count()
    KybReminder.objects.bulk_create(wanted, ignore_conflicts=True)
    return KybReminder.objects.count() - known


def send_kyb_reminders(*, at: datetime) -> int:
    """Send the letters that wait, what failed before included; return how many were sent."""
    letters = KybReminder.objects.select_related("partner__account_manager", "licence")
    return send_each(letters.order_by("entered_at", "pk"), partial(_mail, at), at=at, note=partial(_note, at))


def _list_told(partner_ids: Iterable[UUID], at: datetime) -> list[queries.End]:
    """What ends and is told. The last letter about a licence may be late until the grace is over."""
    first = at.date() - timedelta(days=settings.COMPLIANCE_GRACE_DAYS)
    ends = queries.list_ends(partner_ids, at=at)
    return [end for end in ends if end.what != LICENCE or end.due_on >= first]


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
    end = queries.End(partner.pk, reminder.what, reminder.due_on, reminder.licence_id)
    same = KybReminder.objects.filter(
        partner=partner,
        what=end.what,
        licence=end.licence_id,
        due_on=end.due_on,
        audience=reminder.audience,
    )
    if partner.stage in ENDED or same.filter(days__lt=reminder.days).exists():
        return True
    return end not in _list_told([partner.pk], at)


def _mail(at: datetime, reminder: KybReminder) -> Mail | None:
    return None if _is_overtaken(reminder, at) else reminder_mail(reminder, today=at.date())


def _note(at: datetime, reminder: KybReminder) -> None:
    after = {
        "what": reminder.what,
        "dueOn": reminder.due_on.isoformat(),
        "days": reminder.days,
        "audience": reminder.audience,
    }
    record_sending(reminder, what="reminder", subject=reminder.partner, at=at, after=after)
