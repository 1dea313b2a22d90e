"""The partner's page, Compliance: areas, documents, company, people, business, licences, certification."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from core.admin.cells import Facts, Panel, joined, label, link, moment, row_link, status_label, yes_or_no
from core.clock import now
from partners.admin.page import Shown, tab
from partners.compliance import queries, rules
from partners.compliance.admin.held import DOCUMENTS_MAX, Held, held_by
from partners.compliance.models import ComplianceSuspension, EvidenceFile, EvidenceStatus
from partners.kyb.admin.panels import account_panel, contract_section, reviews_panel
from partners.kyb.admin.parts import form_url, sentences, stops_in_words
from partners.kyb.admin.people import directors_panel, owners_panel
from partners.kyb.admin.screenings import screening_panels
from partners.kyb.queries import list_lapses, list_subjects
from partners.kyb.rules import LICENCE, REVIEW, SCREENING
from partners.models import Partner
from partners.onboarding.models import Certification, Company, ComplianceArea, Licence
from partners.onboarding.queries import list_facts
from partners.onboarding.stages import ENDED, Area, AreaStatus
from partners.services.grounds import may_change_grounds


@tab("compliance")
def compliance(request: HttpRequest, partner: Partner) -> Shown:
    """Show what a partner has to prove, and how far it has, in the order in which it is worked through."""
    at = now()
    may = request.user.has_perm
    company = getattr(partner, "company", None)
    held = held_by(partner)
    facts = list_facts([partner.pk]).get(partner.pk, {})

    def unless(fact: str, word: str) -> str:
        return "" if facts.get(fact) else word

    lapses = list_lapses([partner.pk], at=at) if held.production else []
    stops = {each.what: each.stops_on(grace_days=settings.COMPLIANCE_GRACE_DAYS) for each in lapses}

    return Shown(
        sections=[
            _areas(held.areas),
            _asked(partner, company, held),
            _documents(held.documents),
            _company(request, partner, company, lacking=unless("company", "incomplete")),
            owners_panel(request, partner, company, held.owners, lacking=unless("owners", "incomplete")),
            directors_panel(request, partner, held.directors, lacking=unless("directors", "missing")),
            *screening_panels(
                request,
                partner,
                list_subjects(partner, at=at),
                held.screenings,
                stops_on=stops.get(SCREENING),
            ),
            _licences(
                request,
                partner,
                company,
                held.licences,
                today=queries.today_of(at),
                stops_on=stops.get(LICENCE),
            ),
            account_panel(request, partner, held.account, at=at),
            contract_section(request, partner, held.contract),
            reviews_panel(request, partner, held.reviews, at=at, stops_on=stops.get(REVIEW)),
            _certifications(
                request, partner, held.certifications, lacking=unless("certification", "missing")
            ),
            _suspensions(held.suspensions),
        ],
        template="office/partner/compliance.html",
        context={
            "may_hand_in": may("partners.add_evidencefile") and partner.stage not in ENDED,
            "may_export": may("partners.download_evidencefile"),
        },
    )


def _areas(areas: Sequence[ComplianceArea]) -> Panel:
    rows = {row.area: row for row in areas}
    open_count = len(Area.values) - sum(row.status == AreaStatus.ACCEPTED for row in areas)
    return Panel(
        "Areas",
        ("Area", "Status", "By", "At", "Reason"),
        [
            (
                str(Area(area).label),
                status_label(row, "status") if row else label("missing"),
                row.decided_by or "-" if row else "-",
                moment(row.decided_at) if row else "-",
                row.reason or "-" if row else "-",
            )
            for area in Area.values
            for row in (rows.get(area),)
        ],
        note="A partner goes live only with all five accepted.",
        lacking=f"{open_count} open" if open_count else "",
    )


def _asked(partner: Partner, company: Company | None, held: Held) -> Panel:
    documents = held.documents
    places = (company.jurisdictions if company else None) or [partner.country]
    planned = company.planned_jurisdictions if company else []
    states = queries.list_states(
        partner,
        places=[*places, *planned],
        documents=documents if len(documents) < DOCUMENTS_MAX else None,
    )

    def binds(each: queries.RequirementState) -> bool:
        return rules.is_bound(each.requirement.jurisdiction, places)

    lacking = [
        each.state
        for each in states
        if binds(each) and each.requirement.mandatory and each.state != rules.ACCEPTED
    ]
    in_review = sum(state in (rules.SUBMITTED, rules.IN_REVIEW) for state in lacking)
    counted = ((len(lacking) - in_review, "missing"), (in_review, "to review"))
    return Panel(
        "What is asked for",
        ("Area", "Requirement", "Mandatory", "Status", "Document", "Last day"),
        [
            (
                each.requirement.get_area_display(),
                str(each.requirement) if binds(each) else f"{each.requirement}, planned",
                yes_or_no(each.requirement.mandatory),
                label(each.state),
                "-" if each.latest is None else row_link(EvidenceFile, each.latest.pk, each.latest.file_name),
                _last_day(each, documents, is_asked=bool(held.production) and binds(each)),
            )
            for each in states
        ],
        note=f"Binding in {', '.join(places)}."
        + (f" Planned, and not counted yet: {', '.join(planned)}." if planned else ""),
        empty="Nothing is asked for.",
        lacking=", ".join(f"{count} {what}" for count, what in counted if count),
    )


def _last_day(
    each: queries.RequirementState, documents: Sequence[EvidenceFile], *, is_asked: bool
) -> date | str:
    """Return a document's last day; where production stops for want of it, when."""
    lapsed = [
        one.expires_on
        for one in documents
        if one.requirement_id == each.requirement.pk
        and one.status == EvidenceStatus.EXPIRED
        and one.expires_on is not None
    ]
    if lapsed and is_asked and each.requirement.mandatory and each.state != rules.ACCEPTED:
        day = rules.stops_on(max(lapsed), grace_days=settings.COMPLIANCE_GRACE_DAYS)
        return f"{max(lapsed)}. {stops_in_words(day)}"
    return (each.latest.expires_on if each.latest is not None else None) or "-"


def _documents(documents: list[EvidenceFile]) -> Panel:
    waiting = sum(one.status == EvidenceStatus.SUBMITTED for one in documents)
    return Panel(
        "Documents",
        ("Document", "Requirement", "Status", "Handed in", "Decided by", "Note"),
        [
            (
                row_link(EvidenceFile, one.pk, one.file_name),
                str(one.requirement),
                status_label(one, "status"),
                moment(one.uploaded_at),
                one.decided_by or "-",
                one.note or "-",
            )
            for one in documents
        ],
        empty="Nothing was handed in yet.",
        lacking=f"{waiting} to review" if waiting else "",
    )


def _company(request: HttpRequest, partner: Partner, company: Company | None, *, lacking: str) -> Facts:
    known = company or Company(partner=partner)
    return Facts(
        "Company",
        [
            ("Legal name", partner.legal_name or "-"),
            ("Address", partner.legal_address or "-"),
            ("Country", partner.country),
            ("VAT number", partner.vat_number or "-"),
            ("Registration number", known.registration_number or "-"),
            ("LEI", known.lei or "-"),
            ("Takes bets in", joined(known.jurisdictions)),
            ("Is going to take bets in", joined(known.planned_jurisdictions)),
        ],
        add_url=form_url(request, partner, "partners.change_company", "office-company"),
        add_text="Edit company",
        lacking=lacking,
    )


def _licences(
    request: HttpRequest,
    partner: Partner,
    company: Company | None,
    licences: Sequence[Licence],
    *,
    today: date,
    stops_on: date | None,
) -> Panel:
    may_change = _may_change_licences(request, partner)
    valid = {one.jurisdiction for one in licences if _is_valid(one, today)}
    lacking = sorted(set(company.jurisdictions if company else ()) - valid)
    return Panel(
        "Licences",
        ("Jurisdiction", "Authority", "Number", "Issued", "Last day", "State", ""),
        [
            (
                one.jurisdiction,
                one.authority,
                one.number,
                one.issued_on,
                one.expires_on or "without an end",
                label("active", "valid") if _is_valid(one, today) else label("expired"),
                link(reverse("office-licence", args=(partner.pk, one.pk)), "Edit") if may_change else "",
            )
            for one in licences
        ],
        note=sentences(
            f"No valid licence for {', '.join(lacking)}." if lacking else "", stops_in_words(stops_on)
        ),
        empty="No licence is entered yet.",
        add_url=form_url(request, partner, "partners.add_licence", "office-licence-add")
        if may_change_grounds(partner, request.user)
        else "",
        add_text="Add licence",
        lacking=f"{len(lacking)} missing" if lacking else "" if licences else "missing",
    )


def _may_change_licences(request: HttpRequest, partner: Partner) -> bool:
    may = request.user.has_perm("partners.change_licence") and partner.stage not in ENDED
    return may and may_change_grounds(partner, request.user)


def _is_valid(licence: Licence, today: date) -> bool:
    return licence.expires_on is None or licence.expires_on >= today


def _certifications(
    request: HttpRequest, partner: Partner, certifications: Sequence[Certification], *, lacking: str
) -> Panel:
    may_sign = request.user.has_perm("partners.change_certification") and partner.stage not in ENDED
    return Panel(
        "Certification",
        ("Tested", "State", "What was run", "Evidence", "Signed by", "Countersigned by", ""),
        [
            (
                one.tested_on,
                label(one.state, one.state.capitalize()),
                one.notes,
                one.evidence,
                format_html("{}, {}", one.signed_by, moment(one.signed_at)),
                format_html("{}, {}", one.countersigned_by, moment(one.countersigned_at))
                if one.countersigned_by
                else "-",
                _certification_link(request, one) if may_sign else "",
            )
            for one in certifications
        ],
        note="One person signs a test run that passed; another one countersigns it.",
        empty="No test run is signed yet.",
        add_url=form_url(request, partner, "partners.change_certification", "office-certification-sign"),
        add_text="Sign a test run",
        lacking=lacking,
    )


def _certification_link(request: HttpRequest, one: Certification) -> Any:
    args = (one.partner_id, one.pk)
    if one.withdrawn_at is not None:
        return one.withdrawal_reason
    if one.countersigned_at is None and one.signed_by_id != request.user.pk:
        return link(reverse("office-certification-countersign", args=args), "Countersign")
    return link(reverse("office-certification-withdraw", args=args), "Withdraw")


def _suspensions(suspensions: Sequence[ComplianceSuspension]) -> Panel:
    return Panel(
        "Stops of production",
        ("From", "Until", "Why"),
        [(moment(one.suspended_at), moment(one.lifted_at), one.reason) for one in suspensions],
        empty="Never.",
        lacking="now" if any(one.lifted_at is None for one in suspensions) else "",
    )
