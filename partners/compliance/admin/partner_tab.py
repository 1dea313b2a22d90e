"""The partner's page, Compliance: areas, documents, company, people, business, licences, certification."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from core.admin.cells import (
    Facts,
    Panel,
    joined,
    label,
    link,
    links_in_line,
    moment,
    row_link,
    status_label,
    yes_or_no,
)
from core.clock import now
from core.pii import masked
from partners.admin.page import Shown, tab
from partners.compliance import queries
from partners.compliance.models import ComplianceSuspension, EvidenceFile
from partners.kyb.admin.panels import business_sections
from partners.models import Partner
from partners.onboarding.models import BeneficialOwner, Certification, Company, ComplianceArea, Licence
from partners.onboarding.rules import OWNER_LISTED_PERCENT_MIN
from partners.onboarding.stages import Area

ROWS_MAX: Final = 200


@tab("compliance")
def compliance(request: HttpRequest, partner: Partner) -> Shown:
    """Show what a partner has to prove, and how far it has."""
    may = request.user.has_perm
    company = getattr(partner, "company", None)
    documents = list(queries.list_documents(partner_id=partner.pk)[:ROWS_MAX])
    return Shown(
        sections=[
            _areas(partner),
            _asked(partner, company, documents),
            _documents(documents),
            _company(partner, company, may_change=may("partners.change_company")),
            _owners(request, partner, company),
            *business_sections(request, partner),
            _licences(partner, company, may_change=may("partners.change_licence")),
            _certifications(request, partner),
            _suspensions(partner),
        ],
        template="office/partner/compliance.html",
        context={
            "may_hand_in": may("partners.add_evidencefile"),
            "may_export": may("partners.download_evidencefile"),
        },
    )


def _areas(partner: Partner) -> Panel:
    rows = {row.area: row for row in ComplianceArea.objects.filter(partner=partner)}
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
    )


def _asked(partner: Partner, company: Company | None, documents: list[EvidenceFile]) -> Panel:
    places = (company.jurisdictions if company else None) or [partner.country]
    return Panel(
        "What is asked for",
        ("Area", "Requirement", "Mandatory", "Status", "Document", "Last day"),
        [
            (
                each.requirement.get_area_display(),
                str(each.requirement),
                yes_or_no(each.requirement.mandatory),
                label(each.state),
                "-" if each.latest is None else row_link(EvidenceFile, each.latest.pk, each.latest.file_name),
                (each.latest.expires_on if each.latest is not None else None) or "-",
            )
            for each in queries.list_states(
                partner, places=places, documents=documents if len(documents) < ROWS_MAX else None
            )
        ],
        note=f"Binding in {', '.join(places)}.",
        empty="Nothing is asked for.",
    )


def _documents(documents: list[EvidenceFile]) -> Panel:
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
    )


def _company(partner: Partner, company: Company | None, *, may_change: bool) -> Facts:
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
        ],
        add_url=reverse("office-company", args=(partner.pk,)) if may_change else "",
        add_text="Edit company",
    )


def _owners(request: HttpRequest, partner: Partner, company: Company | None) -> Panel:
    may_change = request.user.has_perm("partners.change_beneficialowner")
    may_reveal = request.user.has_perm("partners.reveal_beneficialowner")
    owners = list(BeneficialOwner.objects.filter(partner=partner).order_by("-share_percent", "name"))
    listed = sum((one.share_percent for one in owners if one.owner_until is None), Decimal(0)).normalize()
    declared = company is not None and company.no_other_owners
    return Panel(
        "Beneficial owners",
        ("Name", "Country", "Share", "Politically exposed", "Until", ""),
        [
            (
                masked(BeneficialOwner, "name", one.name),
                one.country,
                f"{one.share_percent.normalize():f} %",
                label("pending", "yes (PEP)") if one.is_politically_exposed else "no",
                one.owner_until or "-",
                _owner_links(one, may_change=may_change, may_reveal=may_reveal),
            )
            for one in owners
        ],
        note=(
            f"Listed are {listed:f} % in all. "
            + (
                "The company has declared that nobody else holds 25 % or more."
                if declared
                else f"Everybody who holds {OWNER_LISTED_PERCENT_MIN} % or more is listed; complete with "
                "over 75 % listed, or with the company's declaration that there is nobody else."
            )
        ),
        empty="Nobody is listed yet.",
        numeric=frozenset({"Share"}),
        add_url=reverse("office-owner-add", args=(partner.pk,)) if may_change else "",
        add_text="Add owner",
    )


def _owner_links(owner: BeneficialOwner, *, may_change: bool, may_reveal: bool) -> str:
    links = []
    if may_reveal:
        links.append(link(reverse("office-reveal-owner", args=(owner.pk,)), "Show"))
    if may_change:
        links.append(link(reverse("office-owner", args=(owner.partner_id, owner.pk)), "Edit"))
    return links_in_line(links)


def _licences(partner: Partner, company: Company | None, *, may_change: bool) -> Panel:
    today = queries.today_of(now())
    licences = list(Licence.objects.filter(partner=partner).order_by("jurisdiction", "-issued_on"))
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
        note=f"No valid licence for {', '.join(lacking)}." if lacking else "",
        empty="No licence is entered yet.",
        add_url=reverse("office-licence-add", args=(partner.pk,)) if may_change else "",
        add_text="Add licence",
    )


def _is_valid(licence: Licence, today: date) -> bool:
    return licence.expires_on is None or licence.expires_on >= today


def _certifications(request: HttpRequest, partner: Partner) -> Panel:
    may_sign = request.user.has_perm("partners.change_certification")
    found = Certification.objects.filter(partner=partner).select_related("signed_by", "countersigned_by")
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
            for one in found[:20]
        ],
        note="One person signs a test run that passed; another one countersigns it.",
        empty="No test run is signed yet.",
        add_url=reverse("office-certification-sign", args=(partner.pk,)) if may_sign else "",
        add_text="Sign a test run",
    )


def _certification_link(request: HttpRequest, one: Certification) -> Any:
    args = (one.partner_id, one.pk)
    if one.withdrawn_at is not None:
        return one.withdrawal_reason
    if one.countersigned_at is None and one.signed_by_id != request.user.pk:
        return link(reverse("office-certification-countersign", args=args), "Countersign")
    return link(reverse("office-certification-withdraw", args=args), "Withdraw")


def _suspensions(partner: Partner) -> Panel:
    return Panel(
        "Production stopped for compliance",
        ("From", "Until", "Why"),
        [
            (moment(one.suspended_at), moment(one.lifted_at), one.reason)
            for one in ComplianceSuspension.objects.filter(partner=partner)[:20]
        ],
        empty="Never.",
    )
