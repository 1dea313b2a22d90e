"""The partner's page, Compliance: who is to be screened against sanctions lists, and who was.

What a screening found is shown to those alone who may view screenings: the tab tells nobody else of a match.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.http import HttpRequest

from core.admin.cells import Panel, joined, label, link, moment, moment_text
from core.pii import masked
from partners.kyb import rules
from partners.kyb.admin.parts import broken, form_url, sentences, stops_in_words
from partners.kyb.models import SanctionsList, Screening
from partners.kyb.queries import Subject
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Director

SANCTIONS: Final = "Sanctions lists"
_WORDS: Final = {
    rules.CLEAR: ("active", "Clear"),
    rules.MISSING: ("missing", "Due"),
    rules.STALE: ("expired", "Out of date"),
    rules.POSSIBLE: ("pending", "Possible match"),
    rules.CONFIRMED: ("rejected", "Confirmed match"),
}


def screening_panels(
    request: HttpRequest,
    partner: Partner,
    subjects: Sequence[Subject],
    screenings: Sequence[Screening],
    *,
    stops_on: date | None,
) -> list[Panel]:
    """Return who is to be screened and who was, as far as this person may know of it; `stops_on` is the day
    on which production stops for want of it.
    """
    if request.user.has_perm("partners.view_screening"):
        return [_due(request, partner, subjects, stops_on), _done(screenings)]
    return [_told(subjects, stops_on)]


def _told(subjects: Sequence[Subject], stops_on: date | None) -> Panel:
    """Say whether screening is done, and nothing of what it found."""
    is_done = all(each.state == rules.CLEAR for each in subjects)
    return Panel(
        SANCTIONS,
        (),
        empty="Everybody is screened." if is_done else "Compliance screens the company and its people.",
        note=stops_in_words(stops_on),
        lacking="" if is_done else "missing",
    )


def _due(request: HttpRequest, partner: Partner, subjects: Sequence[Subject], stops_on: date | None) -> Panel:
    days = rules.PERIODS_DAYS[rules.SCREENING][partner.risk_profile]
    lacking = sum(one.state != rules.CLEAR for one in subjects)
    return Panel(
        SANCTIONS,
        ("Subject", "Name", "State", "Holds until", ""),
        [
            (
                one.kind.capitalize(),
                _name(one) or "-",
                label(*_WORDS[one.state]),
                moment(one.holds_until) if one.state in (rules.CLEAR, rules.STALE) else "-",
                _screen_link(request, partner, one),
            )
            for one in subjects
        ],
        note=sentences(
            f"A screening holds {days} days at this partner's risk profile, and for the name it looked for.",
            "A possible match is decided by another person than the one who screened.",
            stops_in_words(stops_on),
        ),
        lacking=f"{lacking} due" if lacking else "",
    )


def _name(subject: Subject) -> str:
    model = {"owner": BeneficialOwner, "director": Director}.get(subject.kind)
    return subject.name if model is None else str(masked(model, "name", subject.name))


def _screen_link(request: HttpRequest, partner: Partner, subject: Subject) -> Any:
    if subject.is_open:
        url = form_url(
            request, partner, "partners.change_screening", "office-screening-decide", subject.screening_id
        )
        return link(url, "Decide") if url else ""
    key = subject.owner_id or subject.director_id
    args = () if key is None else (key,)
    url = form_url(request, partner, "partners.add_screening", f"office-screen-{subject.kind}", *args)
    return link(url, "Screen") if url else ""


def _done(screenings: Sequence[Screening]) -> Panel:
    return Panel(
        "Screenings",
        ("Name", "Lists", "Lists of", "Result", "By", "Found", "Second look"),
        [
            (
                _screened_name(one),
                joined(SanctionsList(each).name for each in one.lists),
                one.lists_on,
                label(*_WORDS[one.result]),
                f"{one.screened_by}, {moment_text(one.screened_at)}",
                broken(one.found or "-"),
                broken(f"{one.get_decision_display()} by {one.decided_by}: {one.decision_reason}")
                if one.decision
                else "-",
            )
            for one in screenings
        ],
        empty="Nobody was screened yet: begin with Screen above.",
    )


def _screened_name(screening: Screening) -> str:
    person = screening.owner_id or screening.director_id
    return str(masked(Screening, "name", screening.name)) if person else screening.name
