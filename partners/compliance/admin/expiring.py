"""The page of what ends: documents, with new copies asked for, and licences, screenings and reviews."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from core.admin import exports
from core.admin.cells import Panel, label, link, row_link, status_label
from core.admin.commands import told
from core.admin.pages import office_page, office_view
from core.clock import now
from core.errors import Refusal
from core.letters import Audience
from partners.admin.page import tab_url
from partners.compliance import queries
from partners.compliance.admin.scope import seen_by
from partners.compliance.dispatch import send_soon
from partners.compliance.models import ComplianceReminder, EvidenceFile
from partners.compliance.services import ask_for_copy
from partners.kyb.models import KybReminder
from partners.kyb.queries import End, list_ending
from partners.kyb.rules import LICENCE
from partners.models import Partner
from partners.onboarding.models import Licence
from partners.queries.scope import partners_of

VIEW: Final = "partners.view_evidencefile"
VIEW_PARTNER: Final = "partners.view_partner"
DECIDE: Final = "partners.decide_evidencefile"
WITHIN_DAYS: Final = 60
ROWS_MAX: Final = 200
ENDING: Final = ("Document", "Partner", "Status", "Last day", "Left", "Asked")
BUSINESS: Final = ("What", "Partner", "Status", "Ends", "Left", "Letter")
_SECTIONS: Final = {
    "licence": "licences",
    "screening": "sanctions-lists",
    "review": "reviews-of-the-business",
}
"""Where on the Compliance tab one mends it."""


@office_view(VIEW, methods=("GET", "POST"))
def expiring(request: HttpRequest) -> HttpResponseBase:
    """List what ends soon or has ended; tick some documents and ask for new copies."""
    if request.method == "POST":
        return _ask_for_copies(request)
    at = now()
    today = queries.today_of(at)
    found = seen_by(request.user, queries.list_ending(today=today, within_days=WITHIN_DAYS))
    return office_page(
        request,
        "office/expiring.html",
        title="Expiring documents",
        note=f"Documents that end within {WITHIN_DAYS} days, and those that have expired without a new copy.",
        may_ask=request.user.has_perm(DECIDE),
        rows=[_ending_row(one, today) for one in found[:ROWS_MAX]],
        business=Panel(
            "Licences, screenings and reviews",
            BUSINESS,
            [*_business_rows(request, at)][:ROWS_MAX],
            note=f"Those that end within {WITHIN_DAYS} days, and those that have ended and not been renewed.",
            empty="No licence, screening or review ends soon.",
        ),
        export_url=reverse("office-expiring-export"),
        export_rows_max=f"{exports.ROWS_MAX:,}",
    )


@office_view(VIEW, methods=("POST",))
def export_expiring(request: HttpRequest) -> HttpResponseBase:
    """Answer with all that ends soon or has ended as a CSV file: the documents, then the others."""
    at = now()
    today = queries.today_of(at)
    found = seen_by(request.user, queries.list_ending(today=today, within_days=WITHIN_DAYS))
    documents = (
        [cell for _, cell in _ending_row(one, today)["cells"]]
        for one in found[: exports.ROWS_MAX + 1].iterator(chunk_size=exports.CHUNK)
    )
    return exports.send_rows(
        request,
        listed="expiring documents",
        name="expiring documents",
        headings=ENDING,
        rows=(
            [exports.plain_cell(cell) for cell in row]
            for row in chain(documents, _business_rows(request, at))
        ),
    )


def _ask_for_copies(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(DECIDE):
        raise PermissionDenied
    chosen = [one for text in request.POST.getlist("document")[:ROWS_MAX] if (one := _uuid(text)) is not None]
    note = request.POST.get("note", "").strip()[:500]
    asked = 0
    for evidence in seen_by(request.user, EvidenceFile.objects.filter(pk__in=chosen)):
        try:
            ask_for_copy(evidence_id=evidence.pk, asked_at=now(), note=note)
        except Refusal as refusal:
            messages.error(request, f"{evidence}: {refusal.message}")
        else:
            asked += 1
    if asked:
        send_soon()
        told(request, f"{asked} new {'copy is' if asked == 1 else 'copies are'} asked for.")
    elif not chosen:
        messages.warning(request, "Tick at least one document.")
    return HttpResponseRedirect(reverse("office-expiring"))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _ending_row(evidence: EvidenceFile, today: date) -> dict[str, Any]:
    left = (evidence.expires_on - today).days if evidence.expires_on is not None else 0
    to_partner = [one for one in evidence.reminders.all() if one.audience == Audience.PARTNER]
    return {
        "key": evidence.pk,
        "name": evidence.file_name,
        "cells": list(
            zip(
                ENDING,
                (
                    row_link(EvidenceFile, evidence.pk, evidence.requirement),
                    evidence.partner.name,
                    status_label(evidence, "status"),
                    evidence.expires_on,
                    _left(left),
                    _letters(to_partner),
                ),
                strict=True,
            )
        ),
    }


def _business_rows(request: HttpRequest, at: datetime) -> Iterator[tuple[Any, ...]]:
    """The cells of what ends beside documents, of the partners that this member of staff sees."""
    today = queries.today_of(at)
    ends = list_ending(partners_of(request.user), at=at, within_days=WITHIN_DAYS)[: exports.ROWS_MAX]
    partners = Partner.objects.in_bulk({end.partner_id for end in ends})
    licences = Licence.objects.in_bulk({end.licence_id for end in ends if end.licence_id})
    letters = _letters_of(ends)
    may_open = request.user.has_perm(VIEW_PARTNER)
    for end in ends:
        what = end.what.capitalize()
        text = what if end.licence_id is None else f"{what} {licences[end.licence_id]}"
        url = f"{tab_url(end.partner_id, 'compliance')}#{_SECTIONS[end.what]}"
        left = (end.due_on - today).days
        has_ended = left < 0 or (left == 0 and end.what != LICENCE)
        yield (
            link(url, text) if may_open else text,
            partners[end.partner_id].name,
            label("expired", "Ended") if has_ended else label("active", "Valid"),
            end.due_on,
            _left(left),
            _letters(letters.get(end, [])),
        )


def _letters_of(ends: Sequence[End]) -> dict[End, list[KybReminder]]:
    """Return the letters to staff about each of these, the newest first."""
    found: dict[End, list[KybReminder]] = {}
    to_staff = KybReminder.objects.filter(audience=Audience.STAFF, due_on__in={end.due_on for end in ends})
    for one in to_staff.filter(partner__in={end.partner_id for end in ends}):
        key = End(one.partner_id, one.what, one.due_on, one.licence_id)
        found.setdefault(key, []).append(one)
    return found


def _left(days: int) -> str:
    return f"{days} days" if days >= 0 else f"{-days} days ago"


def _letters(newest_first: Sequence[ComplianceReminder | KybReminder]) -> str:
    if not newest_first:
        return "-"
    last = newest_first[0]
    asked_at = last.entered_at if isinstance(last, KybReminder) else last.asked_at
    state = last.get_state_display().lower()
    return f"{asked_at:%Y-%m-%d} ({f'{state}, {last.failure}' if last.failure else state})"
