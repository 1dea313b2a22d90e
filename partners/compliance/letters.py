"""What letters about documents that end, and about stops, say to a partner and to our own staff.

A partner is told what it can do something about. Of screenings it is told that a check is open, whatever was
found or is due: nobody is warned.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from core.letters import Audience, Mail, in_a_line
from partners.compliance import queries, rules
from partners.compliance.models import (
    ComplianceReminder,
    EvidenceFile,
    EvidenceStatus,
    StopLetter,
    StopOccasion,
)
from partners.kyb.queries import MATCH, list_ended_licences, list_lapses
from partners.kyb.rules import LICENCE, REVIEW, SCREENING
from partners.letters import compliance_page
from partners.models import Partner, Status, TenantKind
from partners.onboarding.stages import PRODUCTION, Area
from partners.services.holds import PLATFORM, holds_of, in_words

NOBODY_OF_PARTNER: Final = "The partner has no contact to write to."
NOBODY_OF_STAFF: Final = "Nobody of compliance has an e-mail address."
CHECK_OPEN: Final = "A check by our compliance team is open; we ask you if we need anything for it."
_STATES: Final = {
    rules.MISSING: "is missing",
    rules.SUBMITTED: "waits for our review",
    rules.IN_REVIEW: "is in review again",
    rules.REJECTED: "was rejected",
    rules.EXPIRED: "has expired",
}


def reminder_mail(reminders: Sequence[ComplianceReminder]) -> Mail:
    """Return one letter about documents of one partner, for one audience and at one distance."""
    first = reminders[0]
    documents = [each.evidence for each in reminders]
    partner = first.evidence.partner
    if first.audience == Audience.STAFF:
        return Mail(
            subject=f"{in_a_line(partner)}: {_has_expired(documents)}",
            body="\n".join([*map(_told_to_staff, documents), "", compliance_page(partner.pk), ""]),
            to=queries.list_watchers(partner),
            nobody=NOBODY_OF_STAFF,
        )
    is_over = documents[0].status == EvidenceStatus.EXPIRED
    copies = "a new copy is needed" if len(documents) == 1 else "new copies are needed"
    subject = (
        f"{_has_expired(documents)}: {copies}"
        if is_over
        else f"{_named(documents)}: {copies} by {min(one.expires_on for one in documents if one.expires_on)}"
    )
    needed = "New copies of these documents are needed:" if len(documents) > 1 else "A new copy is needed:"
    lines = [
        f"To {in_a_line(partner)}",
        "",
        needed,
        "",
        *map(_told_to_partner, documents),
        "",
        "Please hand in what is needed by POST /compliance/documents or through your account manager.",
        *(f"\n{in_a_line(each.note)}" for each in reminders if each.note),
        "",
    ]
    return Mail(
        subject=subject,
        body="\n".join(lines),
        to=queries.list_recipients(partner.pk),
        nobody=NOBODY_OF_PARTNER,
    )


def stop_mail(letter: StopLetter, *, at: datetime) -> Mail:
    """Return a letter that production is stopped or goes on, in the words for its audience."""
    if letter.audience == Audience.PARTNER:
        return _stop_mail_to_partner(letter, at)
    partner = letter.suspension.partner
    name = in_a_line(partner)
    if letter.occasion == StopOccasion.STOPPED:
        # The reason is one that everybody of staff may read: of a match it says that a check is open.
        subject = f"{name}: production is stopped"
        said = (
            f"Compliance has stopped the production of {name}.\n"
            f"{in_a_line(letter.suspension.reason)}\n"
            f"{_goes_on(partner)}\n"
        )
    else:
        subject = f"{name}: production goes on"
        said = f"The production of {name} goes on: all that compliance asks for holds again.\n"
    return Mail(
        subject=subject,
        body=f"{said}\n{compliance_page(partner.pk)}\n",
        to=queries.list_watchers(partner),
        nobody=NOBODY_OF_STAFF,
    )


def _stop_mail_to_partner(letter: StopLetter, at: datetime) -> Mail:
    partner = letter.suspension.partner
    if letter.occasion == StopOccasion.STOPPED:
        subject = "Your production access is suspended"
        missing = _missing(partner, at)
        said = [
            "Our compliance team has suspended your production access.",
            "",
            *(["It waits for:", "", *missing] if missing else ["What it waited for is settled by now."]),
            "",
            *_where_to_look(partner),
        ]
    else:
        subject = "Your production access goes on"
        said = ["Your production access goes on: all that our compliance team asks for holds again."]
    return Mail(
        subject=subject,
        body="\n".join([f"To {in_a_line(partner)}", "", *said, ""]),
        to=queries.list_recipients(partner.pk),
        nobody=NOBODY_OF_PARTNER,
    )


def _goes_on(partner: Partner) -> str:
    """Return for our own staff what lets production go on."""
    others = _stopped_by_others(partner)
    if not others:
        return "It goes on by itself once all that compliance asks for holds again."
    return f"Compliance lets it go on once all that it asks for holds again, and so must others: {others}"


def _stopped_by_others(partner: Partner) -> str:
    """Return who or what keeps production stopped beside compliance's watch, in words; empty for nothing."""
    tenants = partner.tenants.filter(kind=TenantKind.PRODUCTION)
    by_people = (hold for tenant in tenants for hold in holds_of(tenant) if hold != PLATFORM)
    said = [in_words(holds_of(partner), what="partner"), in_words(by_people, what="tenant")]
    if partner.stage not in PRODUCTION:
        said.append(f"The partner is at {partner.get_stage_display()}.")
    return " ".join(filter(None, said))


def _where_to_look(partner: Partner) -> list[str]:
    test = partner.tenants.filter(kind=TenantKind.TEST).first()
    if partner.status == Status.SUSPENDED or test is None or test.status == Status.SUSPENDED:
        return ["Hand documents in through your account manager, who also knows what else is stopped."]
    goes_on = (
        "Your account manager knows what else keeps production stopped."
        if _stopped_by_others(partner)
        else "Production goes on by itself once all of it holds again."
    )
    return [
        "GET /onboarding, with the credentials of your test tenant, says at any time where you stand.",
        "Hand documents in by POST /compliance/documents or through your account manager.",
        f"{goes_on} Your test tenant goes on as before.",
    ]


def _missing(partner: Partner, at: datetime) -> list[str]:
    """Return what production waits for, a line for each, in words that the partner may read."""
    found = [*_missing_of_areas(partner)]
    lapsed = {each.what for each in list_lapses([partner.pk], at=at)}
    if LICENCE in lapsed:
        found += [
            f"The licence {in_a_line(each.number)} for {each.jurisdiction} ended on {each.expires_on}: "
            "we need the new one."
            for each in list_ended_licences(partner.pk, today=queries.today_of(at))
        ]
    if REVIEW in lapsed:
        found.append("The periodic review of your business is due; we ask you if we need anything for it.")
    if lapsed & {SCREENING, MATCH}:
        found.append(CHECK_OPEN)
    return [f"* {each}" for each in found]


def _missing_of_areas(partner: Partner) -> Iterator[str]:
    areas, states = queries.areas_of(partner), queries.list_states(partner)
    for area in rules.missing_areas(areas):
        asked = [each for each in states if each.requirement.area == area and each.requirement.mandatory]
        lacking = [_state_in_words(each) for each in asked if each.state != rules.ACCEPTED]
        yield from lacking or [f"{Area(area).label}: {_STATES.get(areas[area], 'is open')}."]


def _state_in_words(each: queries.RequirementState) -> str:
    asked = each.requirement
    return f"“{in_a_line(asked)}” (type {asked.document_type}) {_STATES.get(each.state, 'is open')}."


def _named(documents: Sequence[EvidenceFile]) -> str:
    return in_a_line(documents[0].requirement) if len(documents) == 1 else f"{len(documents)} documents"


def _has_expired(documents: Sequence[EvidenceFile]) -> str:
    return f"{_named(documents)} {'has' if len(documents) == 1 else 'have'} expired"


def _told_to_staff(evidence: EvidenceFile) -> str:
    day = queries.production_stops_on(evidence)
    follows = f" Production stops on {day} unless a new copy is accepted." if day else ""
    waits = " A new copy waits for review." if queries.has_successor(evidence) else ""
    name = f"{in_a_line(evidence.requirement)} ({in_a_line(evidence.file_name)})"
    return f"* {name} has expired, its last day was {evidence.expires_on}.{follows}{waits}"


def _told_to_partner(evidence: EvidenceFile) -> str:
    has = (
        "has expired: its last day was"
        if evidence.status == EvidenceStatus.EXPIRED
        else "has its last day on"
    )
    name = f"“{in_a_line(evidence.requirement)}” ({in_a_line(evidence.file_name)})"
    kind = evidence.requirement.document_type
    return f"* {name}, type {kind}, {has} {evidence.expires_on}.\n  {_what_follows(evidence)}"


def _what_follows(evidence: EvidenceFile) -> str:
    """Return what happens without a new copy."""
    if not queries.is_asked_now(evidence.partner, evidence.requirement):
        return "Nothing is suspended without it: you take no bets where it is asked for."
    if not evidence.requirement.mandatory:
        return "Nothing is suspended without it."
    day = queries.production_stops_on(evidence)
    if day is None:
        return "Production waits for a new copy."
    return f"Your production access is suspended on {day} unless a new copy is accepted before."
